// After each action the page is fetched again. Only what differs is exchanged, so a drawing, a chosen file, the
// place on the page and the focus stay as they are.
import { localTimes } from "../ui/times.ts";
import { restoreFields } from "./drafts.ts";

const POLL_MS = 10_000;
const SLOWLY_MS = 30_000;
// What stands here for browsers without scripts is text in this document and elements in one that was only parsed.
const WITHOUT_SCRIPT = /<noscript>.*?<\/noscript>/gs;
const sources = new WeakMap<Element, string>();

type Root = Document | Element;

function partsOf(root: Root): HTMLElement[] {
  return [...root.querySelectorAll<HTMLElement>("[data-part]")];
}

/** Keeps what the server sent for each part before scripts touch it; equal source later means nothing has changed. */
export function rememberParts(root: Root): void {
  for (const part of partsOf(root)) {
    sources.set(part, part.outerHTML.replace(WITHOUT_SCRIPT, ""));
  }
}

function names(main: Element): string {
  return partsOf(main)
    .map((part) => part.dataset["part"])
    .join(" ");
}

function focusInside(part: Element): string | null {
  const active = document.activeElement;
  return active && part.contains(active) ? (part.getAttribute("data-part") ?? null) : null;
}

function exchange(current: HTMLElement, fresh: HTMLElement): void {
  const focused = focusInside(current);
  current.replaceWith(fresh);
  restoreFields(fresh);
  localTimes(fresh);
  if (focused) {
    // A heading that takes the focus says where things go on; without one it is the first thing to use.
    const next = fresh.querySelector<HTMLElement>("[tabindex]") ?? fresh.querySelector<HTMLElement>("a, button, input");
    (next ?? fresh).focus({ preventScroll: true });
  }
}

/** A part that is sending, or holds a file to try again with, says so by `data-keep`. */
function exchangeParts(main: Element, fresh: Element): void {
  const incoming = new Map(partsOf(fresh).map((part) => [part.dataset["part"], part]));
  for (const part of partsOf(main)) {
    const next = incoming.get(part.dataset["part"]);
    if (next && !part.hasAttribute("data-keep") && sources.get(part) !== sources.get(next)) {
      exchange(part, next);
    }
  }
}

function exchangeAll(main: HTMLElement, fresh: Document, next: HTMLElement): void {
  main.replaceWith(next);
  document.title = fresh.title;
  restoreFields(next);
  localTimes(next);
  window.scrollTo({ top: 0 });
  next.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}

/** Fetches the page again and shows what has changed. A failure leaves the page as it is; the next action tries again. */
export async function refresh(): Promise<void> {
  const response = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!response || response.status >= 500) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = document.getElementById("main");
  const next = fresh.getElementById("main");
  if (!main || !next) {
    return;
  }
  rememberParts(fresh);
  if (main.dataset["mode"] === next.dataset["mode"] && names(main) === names(next)) {
    exchangeParts(main, next);
  } else if (!main.querySelector("[data-busy]")) {
    exchangeAll(main, fresh, next);
  }
}

/** Where others act while this page is open, it looks again when it is looked at; `data-poll` may name the seconds. */
export function keepFresh(): void {
  let looked = Date.now();
  const look = (waited: number) => {
    const asked = document.querySelector<HTMLElement>("#main [data-poll], #main[data-poll]");
    const pause = Number(asked?.dataset["poll"]) * 1000 || SLOWLY_MS;
    if (asked && document.visibilityState === "visible" && waited >= pause) {
      looked = Date.now();
      void refresh();
    }
  };
  document.addEventListener("visibilitychange", () => look(Infinity));
  setInterval(() => look(Date.now() - looked), POLL_MS);
}
