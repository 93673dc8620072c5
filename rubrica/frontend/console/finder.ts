// A combobox (ARIA APG): the words stay in the field, the arrows walk through what was found, Enter opens it.
import { isForSomethingElse } from "./typing.ts";

const PAUSE_MS = 150;

/** Without a script the link leads to the page of the search, which finds the same. */
export function finder(dialog: HTMLDialogElement): void {
  const input = dialog.querySelector<HTMLInputElement>("[role=combobox]")!;
  const list = dialog.querySelector<HTMLElement>("[role=listbox]")!;
  const said = dialog.querySelector<HTMLElement>("[data-finder-said]")!;
  let timer = 0;
  let asked = 0;

  const open = () => {
    dialog.showModal();
    input.select();
  };
  const rows = () => [...list.querySelectorAll<HTMLElement>("[role=option]")];
  const chosen = () => rows().find((row) => row.getAttribute("aria-selected") === "true");

  const choose = (row: HTMLElement | undefined) => {
    rows().forEach((one) => one.setAttribute("aria-selected", String(one === row)));
    row?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", row?.id ?? "");
  };

  const show = (html: string, words: string) => {
    list.innerHTML = html; // our own page, in which everything is escaped
    list.querySelectorAll<HTMLElement>("li").forEach((row, number) => {
      const link = row.querySelector("a")!;
      const name = document.createElement("span"); // an option is one thing, and holds no link
      name.textContent = link.textContent;
      row.id = `finder-${number}`;
      row.dataset["href"] = link.href;
      row.setAttribute("role", "option");
      link.replaceWith(name);
    });
    const found = rows();
    input.setAttribute("aria-expanded", String(found.length > 0));
    said.textContent = said.dataset[found.length ? "some" : words ? "none" : "begin"] ?? "";
    choose(found[0]);
  };

  const fail = (words: string) => {
    show("", words);
    said.textContent = said.dataset["failed"] ?? "";
  };

  const ask = async () => {
    const words = input.value.trim();
    const mine = ++asked; // an answer that was overtaken is dropped
    if (!words) {
      show("", words);
      return;
    }
    try {
      const answer = await fetch(`${dialog.dataset["finder"]}?q=${encodeURIComponent(words)}`, { redirect: "error" });
      const html = await answer.text();
      if (mine !== asked) {
        return;
      }
      if (answer.ok) {
        show(html, words);
      } else {
        fail(words);
      }
    } catch {
      if (mine === asked) {
        fail(words);
      }
    }
  };

  const walk = (step: number) => {
    const found = rows();
    const at = found.indexOf(chosen()!);
    choose(found[(at + step + found.length) % found.length]);
  };

  input.addEventListener("input", () => {
    choose(undefined); // what was found for other words; Enter leads to the page of the search until the answer is here
    asked++;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step && rows().length) {
      event.preventDefault();
      walk(step);
    }
  });
  const go = (row: HTMLElement | null | undefined, event: Event) => {
    if (row?.dataset["href"]) {
      event.preventDefault();
      location.assign(row.dataset["href"]);
    }
  };
  dialog.querySelector("form")!.addEventListener("submit", (event) => go(chosen(), event));
  list.addEventListener("click", (event) => go((event.target as Element).closest<HTMLElement>("[role=option]"), event));
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("[data-search]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("keydown", (event) => {
    const isChord = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isForSomethingElse(event);
    if ((isChord && !document.querySelector("dialog[open]")) || isSlash) {
      event.preventDefault();
      open();
    }
  });
}
