import { DrawnSignature } from "./drawing.ts";
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
    }
  }

  private listen(): void {
    for (const radio of this.querySelectorAll<HTMLInputElement>("[name=kind]")) {
      radio.addEventListener("change", () => this.choose());
    }
    this.querySelector("[data-undo]")?.addEventListener("click", () => this.drawing?.undo());
    this.querySelector("[data-clear]")?.addEventListener("click", () => this.drawing?.clear());
    this.typed?.addEventListener("input", () => this.write());
    const input = this.querySelector<HTMLInputElement>("[data-image]");
    input?.addEventListener("change", () => void this.load(input.files?.[0]));
    const drop = this.querySelector<HTMLElement>("[data-drop-image]");
    drop?.addEventListener("dragover", (event) => event.preventDefault());
    drop?.addEventListener("drop", (event) => {
      event.preventDefault();
      void this.load(event.dataTransfer?.files[0]);
    });
  }

  /** What would be sent now, or null while there is nothing. */
  async value(): Promise<SignatureValue | null> {
    const kind = this.kind;
    if (kind === "type") {
      const text = this.typed?.value.trim();
      return text ? { kind, text, image: await handwritten(text) } : null;
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
    this.querySelector<HTMLElement>("[data-hint]")?.toggleAttribute("hidden", !empty);
    for (const button of this.querySelectorAll<HTMLButtonElement>("[data-undo], [data-clear]")) {
      button.disabled = empty;
    }
    void this.preview();
  }

  private write(): void {
    const preview = this.querySelector("[data-typed]");
    if (preview) {
      preview.textContent = this.typed?.value ?? "";
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
    this.picture = canvas.toDataURL("image/png");
    const shown = this.querySelector<HTMLImageElement>("[data-image-preview]");
    const paper = this.querySelector<HTMLElement>("[data-image-paper]");
    if (shown && paper) {
      shown.src = this.picture;
      paper.hidden = false;
    }
    await this.preview();
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
  }
}

export function defineSignature(): void {
  customElements.define("rb-signature", Signature);
}
