import { isForSomethingElse } from "../console/typing.ts";

const OFF = "rubrica-single-keys-off"; // WCAG 2.1.4: who speaks to their computer can switch them off

function isOff(): boolean {
  return localStorage.getItem(OFF) !== null;
}

/** `data-key="x"` on a link or button is pressed by that key; on `<details>` it unfolds and the first field has the focus. */
export function keys(): void {
  document.addEventListener("keydown", pressed);
  const choice = document.querySelector<HTMLInputElement>("[data-keys-on]");
  if (choice) {
    choice.checked = !isOff();
    choice.addEventListener("change", () => (choice.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes")));
  }
}

function pressed(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target instanceof HTMLTextAreaElement) {
    event.preventDefault();
    if (!event.repeat) {
      sent(target);
    }
    return;
  }
  if (event.key === "Escape" && !event.defaultPrevented) {
    fold(target);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isOff() || isForSomethingElse(event)) {
    return;
  }
  const found = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
  if (found) {
    event.preventDefault();
    // A key that is held goes on in the page that follows: it turns pages and pictures, and decides about no other file.
    if (!event.repeat || found.matches("a, button[type=button]")) {
      press(found);
    }
  }
}

function press(found: HTMLElement): void {
  if (!(found instanceof HTMLDetailsElement)) {
    found.click();
    return;
  }
  found.open = true;
  const first = found.querySelector<HTMLElement>("input:not([type=hidden]), textarea");
  first?.focus();
  first?.scrollIntoView({ block: "nearest" });
}

/** By the form's own button, whose value says which decision it is. */
function sent(field: HTMLTextAreaElement): void {
  const button = field.form?.querySelector<HTMLButtonElement>("button[name]");
  if (button) {
    field.form!.requestSubmit(button);
  }
}

function fold(target: HTMLElement): void {
  const open = target.closest<HTMLDetailsElement>("details[data-key][open]");
  if (open) {
    open.open = false;
    open.querySelector("summary")?.focus();
  }
}
