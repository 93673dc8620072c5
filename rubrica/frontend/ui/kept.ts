// A session may have ended while a form was being filled in. What was typed is kept in this window until it is known
// that it arrived: whoever signs in again, and is the same person, finds it in the form.

const FORM = "rubrica.kept";
const SIGNED_OUT = "rubrica.signed-out";
const MOST = 500_000; // letters

interface Kept {
  member: string;
  path: string;
  action: string;
  fields: [string, string][];
}

function isKept(element: Element | RadioNodeList | null): boolean {
  if (!(element instanceof HTMLInputElement)) {
    return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
  }
  const secret = element.autocomplete === "one-time-code" || element.hasAttribute("data-secret");
  return !secret && !["password", "file", "hidden", "submit", "button"].includes(element.type);
}

function fieldsOf(form: HTMLFormElement): [string, string][] {
  const names = new Set([...form.elements].filter(isKept).map((element) => (element as HTMLInputElement).name));
  const told = [...new FormData(form)].filter(([name, value]) => names.has(name) && typeof value === "string");
  return told as [string, string][];
}

/** Before a form is sent: how it stands, without passwords, codes and files. */
export function keep(form: HTMLFormElement): void {
  const member = document.querySelector<HTMLElement>("[data-member]")?.dataset["member"];
  if (!member || form.method !== "post") {
    return;
  }
  const kept: Kept = { member, path: location.pathname, action: form.action, fields: fieldsOf(form) };
  const text = JSON.stringify(kept);
  try {
    sessionStorage.removeItem(FORM);
    if (kept.fields.length && text.length < MOST) {
      sessionStorage.setItem(FORM, text);
    }
  } catch {
    // A browser that keeps nothing loses what it would have lost before.
  }
}

function fill(element: Element, values: string[], place: number): void {
  if (element instanceof HTMLInputElement && ["checkbox", "radio"].includes(element.type)) {
    element.checked = values.includes(element.value);
  } else if (element instanceof HTMLSelectElement && element.multiple) {
    for (const option of element.options) {
      option.selected = values.includes(option.value);
    }
  } else if (values[place] !== undefined) {
    (element as HTMLInputElement).value = values[place];
  }
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

function restore(kept: Kept): boolean {
  const form = [...document.forms].find((one) => one.action === kept.action && one.method === "post");
  if (!form) {
    return false;
  }
  const seen = new Map<string, number>();
  for (const element of [...form.elements].filter(isKept)) {
    const name = (element as HTMLInputElement).name;
    const place = seen.get(name) ?? 0;
    seen.set(name, place + 1);
    fill(element, kept.fields.filter(([one]) => one === name).map(([, value]) => value), place);
  }
  return true;
}

/** On every page. Gives whether a form has got back what was typed. */
export function giveBack(): boolean {
  try {
    if (document.querySelector("[data-sign-in]")) {
      sessionStorage.setItem(SIGNED_OUT, "yes");
      return false;
    }
    const member = document.querySelector<HTMLElement>("[data-member]")?.dataset["member"];
    const kept = JSON.parse(sessionStorage.getItem(FORM) ?? "null") as Kept | null;
    const wasSignedOut = sessionStorage.getItem(SIGNED_OUT) !== null;
    if (!member) {
      return false;
    }
    sessionStorage.removeItem(FORM);
    sessionStorage.removeItem(SIGNED_OUT);
    return wasSignedOut && kept !== null && kept.member === member && kept.path === location.pathname && restore(kept);
  } catch {
    return false;
  }
}
