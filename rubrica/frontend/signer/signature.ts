import { DrawnSignature, type Strokes } from "./drawing.ts";
import { draft, keep } from "./drafts.ts";
import { handwritten } from "./handwriting.ts";
import { words } from "./words.ts";
import { toast } from "../ui/toast.ts";

type Kind = "draw" | "type" | "image";

export interface SignatureValue {
  kind: Kind;
  text?: string;
  image?: string;
}

const IMAGE_WIDTH = 1200; // pixels; more shows in no signature box
const IMAGE_HEIGHT = 600;

/** Drawing, typed name or picture. What was entered in one way stays while another is tried. */
export class Signature extends HTMLElement {
  private drawing: DrawnSignature | null = null;
  private picture = "";
  private previews = 0;

  connectedCallback(): void {
    const canvas = this.querySelector("canvas");
    if (canvas && !this.drawing) {
      this.drawing = new DrawnSignature(canvas, () => this.drawn());
      this.listen();
      this.restore();
    }
  }

  private listen(): void {
    for (const radio of this.querySelectorAll<HTMLInputElement>("[name=kind]")) {
      radio.addEventListener("change", () => this.choose());
    }
    this.querySelector("[data-undo]")?.addEventListener("click", () => this.drawing?.undo());
    this.querySelector("[data-clear]")?.addEventListener("click", () => this.drawing?.clear());
    this.typed?.addEventListener("input", () => this.write());
    for (const radio of this.querySelectorAll<HTMLInputElement>("[name=hand]")) {
      radio.addEventListener("change", () => this.write());
    }
    const input = this.querySelector<HTMLInputElement>("[data-image]");
    input?.addEventListener("change", () => void this.load(input.files?.[0]));
    const drop = this.querySelector<HTMLElement>("[data-drop-image]");
    drop?.addEventListener("dragover", (event) => event.preventDefault());
    drop?.addEventListener("drop", (event) => {
      event.preventDefault();
      void this.load(event.dataTransfer?.files[0]);
    });
  }

  /** What was there before the page was loaded anew; what was typed comes back by itself (drafts.ts). */
  private restore(): void {
    const strokes = draft("strokes") as Strokes | undefined;
    const picture = draft("picture");
    if (strokes?.groups?.length) {
      this.drawing?.restore(strokes);
    }
    if (typeof picture === "string" && picture) {
      this.show(picture);
    }
  }

  /** What would be sent now, or null while there is nothing. */
  async value(): Promise<SignatureValue | null> {
    const kind = this.kind;
    if (kind === "type") {
      const text = this.typed?.value.trim();
      return text ? { kind, text, image: await handwritten(text, this.hand) } : null;
    }
    const image = kind === "draw" ? (this.drawing?.image() ?? "") : this.picture;
    return image ? { kind, image } : null;
  }

  /** Where somebody who has entered nothing begins. */
  get entry(): HTMLElement | null {
    return this.kind === "type" ? this.typed : this.querySelector<HTMLElement>("[name=kind]:checked");
  }

  private get kind(): Kind {
    return (this.querySelector<HTMLInputElement>("[name=kind]:checked")?.value ?? "draw") as Kind;
  }

  private get hand(): string {
    return this.querySelector<HTMLInputElement>("[name=hand]:checked")?.value ?? "";
  }

  private get typed(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>("[name=typed]");
  }

  private choose(): void {
    for (const panel of this.querySelectorAll<HTMLElement>("[data-panel]")) {
      panel.hidden = panel.dataset["panel"] !== this.kind;
    }
    void this.preview();
  }

  private drawn(): void {
    const empty = this.drawing?.isEmpty ?? true;
    if (this.drawing) {
      keep("strokes", empty ? undefined : this.drawing.strokes);
    }
    this.querySelector<HTMLElement>("[data-hint]")?.toggleAttribute("hidden", !empty);
    for (const button of this.querySelectorAll<HTMLButtonElement>("[data-undo], [data-clear]")) {
      button.disabled = empty;
    }
    void this.preview();
  }

  private write(): void {
    const preview = this.querySelector<HTMLElement>("[data-typed]");
    if (preview) {
      preview.textContent = this.typed?.value ?? "";
      preview.dataset["hand"] = this.hand;
    }
    void this.preview();
  }

  private async load(file: File | undefined): Promise<void> {
    const bitmap = file && (await createImageBitmap(file).catch(() => null));
    if (!bitmap) {
      toast(file ? words("notImage") : "");
      return;
    }
    const scale = Math.min(1, IMAGE_WIDTH / bitmap.width, IMAGE_HEIGHT / bitmap.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    this.show(canvas.toDataURL("image/png"));
    keep("picture", this.picture);
    await this.preview();
  }

  private show(picture: string): void {
    this.picture = picture;
    const shown = this.querySelector<HTMLImageElement>("[data-image-preview]");
    const paper = this.querySelector<HTMLElement>("[data-image-paper]");
    if (shown && paper) {
      shown.src = this.picture;
      paper.hidden = false;
    }
  }

  /** The signature appears at once in its places on the document: what is seen is what will be signed. */
  private async preview(): Promise<void> {
    const turn = ++this.previews;
    const value = await this.value();
    if (turn !== this.previews) {
      return; // A newer one has overtaken this one while the font was loading.
    }
    for (const ink of document.querySelectorAll<SVGImageElement>("image[data-ink]")) {
      ink.setAttribute("href", value?.image ?? "");
      ink.closest("a")?.classList.toggle("is-inked", Boolean(value?.image));
    }
    this.dispatchEvent(new Event("rb-signature")); // initials may follow it
  }
}

export function defineSignature(): void {
  customElements.define("rb-signature", Signature);
}
