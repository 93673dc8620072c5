import { draft, keep } from "./drafts.ts";
import { DrawnSignature, type Strokes } from "./drawing.ts";
import { handwritten } from "./handwriting.ts";
import type { Signature } from "./signature.ts";

type Way = "type" | "draw" | "signature";

/** Initials for the places on the pages: typed, drawn, or taken from the signature. */
export class Initials extends HTMLElement {
  private drawing: DrawnSignature | null = null;
  private previews = 0;

  connectedCallback(): void {
    const canvas = this.querySelector("canvas");
    if (!canvas || this.drawing) {
      return;
    }
    this.drawing = new DrawnSignature(canvas, () => this.drawn());
    const strokes = draft("initials-strokes") as Strokes | undefined;
    if (strokes?.groups?.length) {
      this.drawing.restore(strokes);
    }
    this.addEventListener("input", () => this.changed());
    this.addEventListener("change", () => this.changed());
    this.querySelector("[data-clear-initials]")?.addEventListener("click", () => this.drawing?.clear());
    // They may follow the signature, and a typed one the hand that is chosen for it.
    document.querySelector("rb-signature")?.addEventListener("rb-signature", () => void this.preview());
    this.changed();
  }

  get isReady(): boolean {
    if (this.way === "type") {
      return Boolean(this.letters?.value.trim());
    }
    return this.way === "signature" || !(this.drawing?.isEmpty ?? true);
  }

  get entry(): HTMLElement | null {
    return this.way === "type" ? this.letters : this.querySelector<HTMLElement>("[name=initials-kind]:checked");
  }

  /** What is sent; null while there is nothing. */
  async value(): Promise<object | null> {
    const kind = this.way;
    if (kind === "type") {
      const text = this.letters?.value.trim();
      return text ? { kind, text, image: await handwritten(text, hand()) } : null;
    }
    if (kind === "signature") {
      const signature = await document.querySelector<Signature>("rb-signature")?.value();
      const letters = signature?.kind === "type" ? initialsOf(signature.text ?? "") : "";
      // Of a typed name goes the picture that is shown; a drawing or picture the server has already.
      return letters ? { kind, image: await handwritten(letters, hand()) } : { kind };
    }
    const image = this.drawing?.image() ?? "";
    return image ? { kind, image } : null;
  }

  private get way(): Way {
    return (this.querySelector<HTMLInputElement>("[name=initials-kind]:checked")?.value ?? "type") as Way;
  }

  private get letters(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>("[name=initials]");
  }

  private drawn(): void {
    const empty = this.drawing?.isEmpty ?? true;
    if (this.drawing) {
      keep("initials-strokes", empty ? undefined : this.drawing.strokes);
    }
    this.querySelector<HTMLButtonElement>("[data-clear-initials]")!.disabled = empty;
    this.changed();
  }

  private changed(): void {
    for (const panel of this.querySelectorAll<HTMLElement>("[data-initials]")) {
      panel.hidden = panel.dataset["initials"] !== this.way;
    }
    document.dispatchEvent(new Event("rb-initials"));
    void this.preview();
  }

  /** They appear at once in their places, as they will be sealed. */
  private async preview(): Promise<void> {
    const turn = ++this.previews;
    const picture = await this.picture();
    if (turn !== this.previews) {
      return; // A newer one has overtaken this one while the font was loading.
    }
    for (const ink of document.querySelectorAll<HTMLImageElement>("img[data-ink-initials]")) {
      ink.hidden = !picture;
      ink.src = picture || ink.src;
      ink.closest("a")?.classList.toggle("is-inked", Boolean(picture));
    }
  }

  private async picture(): Promise<string> {
    if (this.way !== "signature") {
      const value = (await this.value()) as { image?: string } | null;
      return value?.image ?? "";
    }
    const signature = await document.querySelector<Signature>("rb-signature")?.value();
    if (signature?.kind === "type") {
      const letters = initialsOf(signature.text ?? "");
      return letters ? handwritten(letters, hand()) : "";
    }
    return signature?.image ?? "";
  }
}

function hand(): string {
  return document.querySelector<HTMLInputElement>("[name=hand]:checked")?.value ?? "";
}

/** As the server takes them from a typed name. */
function initialsOf(name: string): string {
  return name
    .split(/\s+/u)
    .map((word) => [...word][0] ?? "")
    .filter((letter) => /[\p{L}\p{N}]/u.test(letter))
    .join("")
    .slice(0, 20)
    .toUpperCase();
}

export function defineInitials(): void {
  customElements.define("rb-initials", Initials);
}
