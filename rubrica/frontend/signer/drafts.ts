// What was typed or drawn and is not sent yet survives a reload. It lies in the store of this one tab, which ends with it,
// under a name that the server derives for the participant (`data-drafts` of #main) and that opens nothing.

const PREFIX = "rubrica.drafts.";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function shelf(): string {
  const name = document.getElementById("main")?.dataset["drafts"];
  return name ? PREFIX + name : "";
}

/** Each lies under a key of its own: where a picture finds no room, what is typed is kept all the same. */
function keyOf(name: string): string {
  return `${shelf()}.${name}`;
}

/** What was kept under this name, or undefined. */
export function draft(name: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(name)) ?? "") as unknown;
  } catch {
    return undefined; // Nothing, a browser that keeps nothing, or something that is not ours.
  }
}

/** Keeps a value that JSON can say; `undefined` forgets it. */
export function keep(name: string, value: unknown): void {
  try {
    sessionStorage.removeItem(keyOf(name)); // An old value must not come back where the new one has no room.
    if (shelf() && value !== undefined) {
      sessionStorage.setItem(keyOf(name), JSON.stringify(value));
    }
  } catch {
    // No room or no right to keep anything: the page works, it only forgets on reload.
  }
}

/** After it was sent nothing of it stays in the browser. */
export function forget(): void {
  try {
    const ours = Object.keys(sessionStorage).filter((key) => shelf() && key.startsWith(keyOf("")));
    ours.forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // Where nothing can be kept there is nothing to forget.
  }
}

/** What a field says: whether it is ticked, which of a group is chosen, or what is written in it. */
function valueOf(field: Field): unknown {
  return field.type === "checkbox" ? (field as HTMLInputElement).checked : field.value;
}

/** Puts a value back; says whether that changed anything. */
function put(field: Field, kept: unknown): boolean {
  if (field.type === "checkbox" || field.type === "radio") {
    const box = field as HTMLInputElement;
    const ticked = field.type === "radio" ? kept === field.value : kept === true;
    const changed = box.checked !== ticked;
    box.checked = ticked;
    return changed && (ticked || field.type === "checkbox");
  }
  const changed = field.value !== kept;
  field.value = String(kept);
  return changed;
}

/** Puts what was kept into every field with `data-draft="name"`, and tells whoever listens to it. */
export function restoreFields(root: ParentNode): void {
  for (const field of root.querySelectorAll<Field>("[data-draft]")) {
    const kept = draft(field.dataset["draft"]!);
    if (kept !== undefined && put(field, kept)) {
      for (const kind of ["input", "change"]) {
        field.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    }
  }
}

/** From now on every field with `data-draft` is kept as it is filled. */
export function startDrafts(): void {
  if (document.getElementById("main")?.dataset["mode"] !== "act") {
    forget();
  }
  document.addEventListener("input", (event) => {
    const field = (event.target as Element).closest<Field>("[data-draft]");
    if (field) {
      keep(field.dataset["draft"]!, valueOf(field));
    }
  });
  restoreFields(document);
}
