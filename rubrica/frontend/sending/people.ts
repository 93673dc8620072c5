// The people of a new process: added, moved by hand or by key, filled in from earlier processes.
import { follow } from "./ordering.ts";

class People extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("input", (event) => this.fill(event.target as HTMLInputElement));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.addEventListener("rb-moved", (event) => this.moved(event.target as HTMLElement));
    this.number();
  }

  private get list(): HTMLElement {
    return this.querySelector<HTMLElement>("[data-people]")!;
  }

  private get cards(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[data-person]")];
  }

  private clicked(event: Event): void {
    const target = event.target as Element;
    const button = target.closest<HTMLButtonElement>("button");
    const card = target.closest<HTMLElement>("[data-person]");
    const [what] = (button?.name === "do" ? button.value : "").split(":");
    if (what === "add") {
      this.add();
    } else if (card && what === "remove") {
      this.take(card);
    } else if (card && (what === "up" || what === "down")) {
      this.shift(card, what === "up" ? -1 : 1);
      button!.focus();
    } else if (card && button?.matches("[data-add-file]")) {
      anotherFile(button);
    } else if (card && button?.matches("[data-same-checks]")) {
      this.sameChecks(card);
    } else {
      return;
    }
    event.preventDefault();
  }

  private add(): void {
    const blank = this.querySelector<HTMLTemplateElement>("template[data-blank]")!;
    const made = blank.content.cloneNode(true) as DocumentFragment;
    const card = made.querySelector<HTMLElement>("[data-person]")!;
    const id = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0"));
    rename(card, id.join(""));
    this.list.append(made);
    this.number();
    card.querySelector<HTMLInputElement>("input:not([type=hidden])")?.focus();
  }

  private take(card: HTMLElement): void {
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    if (!this.cards.length) {
      this.add();
    }
    this.number();
    next?.querySelector<HTMLElement>("input:not([type=hidden])")?.focus();
  }

  private shift(card: HTMLElement, by: -1 | 1): void {
    const other = by < 0 ? card.previousElementSibling : card.nextElementSibling;
    if (other) {
      this.list.insertBefore(by < 0 ? card : other, by < 0 ? other : card);
      this.moved(card);
    }
  }

  /** Numbers them anew, and says the new one where nobody sees it. */
  private moved(card: HTMLElement): void {
    this.number();
    const said = this.querySelector<HTMLElement>("[data-said]")!;
    const name = card.querySelector<HTMLInputElement>("[name$='-name']")?.value ?? "";
    const words = { name, number: String(this.cards.indexOf(card) + 1), all: String(this.cards.length) };
    said.textContent = (said.dataset["moved"] ?? "").replace(/\{(\w+)\}/g, (_, key: keyof typeof words) => words[key]);
  }

  private number(): void {
    this.cards.forEach((card, index) => {
      card.querySelector("[data-number]")!.textContent = String(index + 1);
      const tools = card.querySelectorAll("[data-handle], [data-add-file], [data-same-checks]");
      tools.forEach((one) => one.toggleAttribute("hidden", false));
    });
  }

  private pressed(event: KeyboardEvent): void {
    const handle = (event.target as Element).closest<HTMLElement>("[data-handle]");
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key] as -1 | 1 | undefined;
    if (handle && by) {
      event.preventDefault();
      this.shift(handle.closest<HTMLElement>("[data-person]")!, by);
      handle.focus();
    }
  }

  private grabbed(event: PointerEvent): void {
    const handle = (event.target as Element).closest<HTMLElement>("[data-handle]");
    if (handle && event.button === 0) {
      follow(event, handle, handle.closest<HTMLElement>("[data-person]")!, this.list);
    }
  }

  /** Who was in an earlier process is chosen by name or by address, and the rest of it follows where it is empty. */
  private fill(input: HTMLInputElement): void {
    const card = input.closest<HTMLElement>("[data-person]");
    const options = input.list?.querySelectorAll<HTMLOptionElement>("option") ?? [];
    const known = [...options].find((option) => option.value === input.value);
    for (const what of card && known ? (["name", "email", "phone"] as const) : []) {
      const other = card!.querySelector<HTMLInputElement>(`[name$="-${what}"]`);
      if (other && !other.value && known!.dataset[what]) {
        other.value = known!.dataset[what]!;
      }
    }
  }

  private sameChecks(card: HTMLElement): void {
    for (const what of ["code", "pictures"]) {
      const said = card.querySelector<HTMLSelectElement>(`[name$="-${what}"]`)!.value;
      this.querySelectorAll<HTMLSelectElement>(`[data-people] [name$="-${what}"]`).forEach((one) => (one.value = said));
    }
    const video = card.querySelector<HTMLInputElement>("[name$='-video']")!.checked;
    this.querySelectorAll<HTMLInputElement>("[data-people] [name$='-video']").forEach((one) => (one.checked = video));
  }
}

/** The fields of the empty card are called after a person without an id. */
function rename(card: HTMLElement, id: string): void {
  for (const element of [card, ...card.querySelectorAll("*")]) {
    for (const attribute of ["data-person", "name", "id", "for", "aria-describedby"]) {
      const said = element.getAttribute(attribute);
      if (said && /^new(-|$)/.test(said)) {
        element.setAttribute(attribute, said.replace(/^new/, id));
      }
    }
    if (element instanceof HTMLInputElement && element.name === "person") {
      element.value = id;
    }
    if (element instanceof HTMLButtonElement && element.value.endsWith(":new")) {
      element.value = element.value.replace(/new$/, id);
    }
  }
}

function anotherFile(button: HTMLElement): void {
  const files = button.closest("details")!.querySelectorAll<HTMLElement>("[data-file]");
  const last = files[files.length - 1]!;
  const made = last.cloneNode(true) as HTMLElement;
  made.querySelector<HTMLInputElement>("input")!.value = "";
  last.after(made);
  made.querySelector<HTMLInputElement>("input")!.focus();
}

customElements.define("rb-people", People);
