// What a participant fills in on the pages. The server writes a plain list below each page; here each field is laid
// over the picture of its page, at its place.
import { Initials } from "./initials.ts";
import { words } from "./words.ts";

type Input = HTMLInputElement | HTMLTextAreaElement;

export interface Filled {
  fields?: Record<string, string | boolean>;
  initials?: object;
}

export interface Open {
  sentence: string;
  focus?: HTMLElement | null;
}

function all(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-field]")];
}

function inputOf(field: HTMLElement): Input | null {
  return field.querySelector<Input>("input, textarea");
}

function isFilled(field: HTMLElement): boolean {
  if (field.dataset["kind"] === "initials") {
    return document.querySelector<Initials>("rb-initials")?.isReady ?? false;
  }
  const input = inputOf(field);
  return input instanceof HTMLInputElement && input.type === "checkbox" ? input.checked : Boolean(input?.value.trim());
}

/** The first that must be filled in and is not, in the order of the pages. */
export function nextField(): HTMLElement | null {
  return all().find((field) => field.hasAttribute("data-place") && !isFilled(field)) ?? null;
}

/** Where somebody goes on who has left this field open. */
function entryOf(field: HTMLElement): HTMLElement | null {
  return field.dataset["kind"] === "initials"
    ? (document.querySelector<Initials>("rb-initials")?.entry ?? null)
    : inputOf(field);
}

/** What goes with the signature, or what still stands before it. */
export async function filledFields(): Promise<Filled | Open> {
  mark();
  const open = nextField();
  if (open) {
    const name = open.querySelector(".on-page__label, .on-page__initials span")?.textContent?.trim() ?? "";
    return { sentence: words("fieldOpen", { name }), focus: entryOf(open) };
  }
  const inputs = all().flatMap((field) => inputOf(field) ?? []);
  const initials = await document.querySelector<Initials>("rb-initials")?.value();
  return {
    ...(inputs.length ? { fields: Object.fromEntries(inputs.map((input) => [input.name.slice(6), valueOf(input)])) } : {}),
    ...(initials ? { initials } : {}),
  };
}

function valueOf(input: Input): string | boolean {
  return input instanceof HTMLInputElement && input.type === "checkbox" ? input.checked : input.value;
}

/** Fields that are done say so, for the eye and for the guide. */
function mark(): void {
  for (const field of all()) {
    field.toggleAttribute("data-filled", isFilled(field));
  }
}

function lay(): void {
  for (const field of all()) {
    for (const name of ["x", "y", "w", "h"]) {
      field.style.setProperty(`--${name}`, field.dataset[name] ?? "0");
    }
    field.classList.toggle("is-far", Number(field.dataset["x"]) > 0.5); // what it says of itself begins at the right
    const date = field.querySelector<HTMLElement>("[data-date]");
    date?.style.setProperty("--letters", String(date.textContent?.length ?? 1));
    field.closest("[data-fields]")?.classList.add("is-laid");
  }
}

export function startFields(): void {
  lay();
  mark();
  document.addEventListener("input", mark);
  document.addEventListener("change", mark);
  document.addEventListener("rb-initials", mark);
  // The page may be drawn anew after an act, with fields that are not laid yet.
  new MutationObserver(() => {
    if (document.querySelector("[data-fields]:not(.is-laid) [data-field]")) {
      lay();
      mark();
    }
  }).observe(document.body, { childList: true, subtree: true });
}
