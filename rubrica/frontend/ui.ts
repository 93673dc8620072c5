// Behaviour every page shares. Markup asks for it by data attributes; every word a person reads comes from the page.
import { giveBack, keep } from "./ui/kept.ts";
import { localTimes } from "./ui/times.ts";
import { toast } from "./ui/toast.ts";
import { droppable } from "./ui/droppable.ts";

function dialogById(id: string | undefined): HTMLDialogElement | null {
  const element = id ? document.getElementById(id) : null;
  return element instanceof HTMLDialogElement ? element : null;
}

/** `data-dialog="id"` opens that dialog; `data-close` inside one closes it; so does a click beside it. */
function dialogs(target: Element): void {
  const opener = target.closest<HTMLElement>("[data-dialog]");
  if (opener) {
    dialogById(opener.dataset["dialog"])?.showModal();
    return;
  }
  if (target instanceof HTMLDialogElement || target.closest("[data-close]")) {
    target.closest("dialog")?.close();
  }
}

function menus(target: Element): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!menu.contains(target)) {
      menu.open = false;
    }
  }
}

function closeMenuOnEscape(event: KeyboardEvent): void {
  const menu = event.key === "Escape" && document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
}

/** `data-unfolds`: the button of the rail, which lies folded above the page on a phone. */
function unfold(target: Element): void {
  const button = target.closest<HTMLElement>("[data-unfolds]");
  button?.setAttribute("aria-expanded", String(button.closest(".rail")?.classList.toggle("is-unfolded") ?? false));
}

/** `data-copy="text"` copies the text, and says the sentence in `data-copied`. */
async function copy(target: Element): Promise<void> {
  const button = target.closest<HTMLElement>("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
    toast(button.dataset["copied"] ?? "");
  }
}

/** A form with `data-confirm="question"` asks it in the dialog of base.html first. */
function confirmFirst(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const question = submitter?.dataset["confirm"] ?? form.dataset["confirm"];
  const dialog = dialogById("confirm");
  if (!question || !dialog) {
    return false;
  }
  dialog.querySelector("[data-question]")!.textContent = question;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "yes") {
      form.dataset["confirmed"] = "yes";
      form.requestSubmit(submitter);
    }
  };
  dialog.showModal();
  return true;
}

/** Asks where asked to, and sends a form once however often its button is pressed. */
function submit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (form.method === "dialog" || event.submitter?.hasAttribute("formtarget") || form.hasAttribute("data-download")) {
    return; // what opens in a frame, or is saved as a file, leaves the form on the page
  }
  if (form.dataset["sent"]) {
    event.preventDefault();
    return;
  }
  if (!form.dataset["confirmed"] && confirmFirst(form, event.submitter)) {
    event.preventDefault();
    return;
  }
  delete form.dataset["confirmed"];
  if (form.method === "post" && !event.defaultPrevented) {
    keep(form);
    form.dataset["sent"] = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  }
}

/** A page that the back button brings back must be usable again. */
function restore(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
    delete form.dataset["sent"];
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }
}

function namesIn(input: HTMLInputElement): string {
  return [...(input.files ?? [])].map((file) => file.name).join(", ");
}

/** `data-drop` around a file input: takes dropped files and shows the chosen names in `[data-chosen]`. */
function dropzone(zone: HTMLElement): void {
  const input = zone.querySelector<HTMLInputElement>('input[type="file"]');
  const chosen = zone.querySelector("[data-chosen]");
  if (!input) {
    return;
  }
  const show = () => chosen && (chosen.textContent = namesIn(input));
  input.addEventListener("change", show);
  droppable(zone, input);
}

/** `data-picker` after a file input: the page's words in place of the browser's; keyboard and reader keep the input. */
function picker(shown: HTMLElement): void {
  const input = shown.previousElementSibling;
  const names = shown.querySelector("[data-picked]");
  if (!(input instanceof HTMLInputElement) || !names) {
    return;
  }
  const none = names.textContent;
  const show = () => (names.textContent = namesIn(input) || none);
  input.classList.replace("input", "visually-hidden") || input.classList.add("visually-hidden");
  shown.hidden = false;
  shown.addEventListener("click", () => input.click());
  input.addEventListener("change", show);
  show(); // the browser keeps what was chosen when the page is loaded again
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  dialogs(target);
  menus(target);
  unfold(target);
  void copy(target);
});
document.addEventListener("change", (event) => {
  const select = (event.target as Element).closest<HTMLSelectElement>("[data-autosubmit]");
  select?.form?.requestSubmit();
});
document.addEventListener("keydown", closeMenuOnEscape);
document.addEventListener("submit", submit);
window.addEventListener("pageshow", restore);
document.querySelectorAll<HTMLElement>("[data-drop]").forEach(dropzone);
document.querySelectorAll<HTMLElement>("[data-picker]").forEach(picker);
localTimes(document);
if (giveBack()) {
  toast(document.querySelector<HTMLElement>("[data-kept-words]")?.dataset["keptWords"] ?? "");
}
