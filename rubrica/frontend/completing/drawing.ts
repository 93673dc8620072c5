// A signature drawn inside a form: its picture goes with the form as text.
import { DrawnSignature } from "../signer/drawing.ts";

class Drawing extends HTMLElement {
  private drawn: DrawnSignature | null = null;
  private timer = 0;

  connectedCallback(): void {
    const canvas = this.querySelector("canvas");
    if (!canvas || this.drawn) {
      return;
    }
    this.hidden = false;
    this.drawn = new DrawnSignature(canvas, () => this.changed());
    this.querySelector("[data-undo]")?.addEventListener("click", () => this.drawn?.undo());
    this.querySelector("[data-clear]")?.addEventListener("click", () => this.drawn?.clear());
  }

  /** Told a moment later: the strokes come one after the other, and the picture is large. */
  private changed(): void {
    const input = this.querySelector<HTMLInputElement>("[data-drawn]");
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const image = this.drawn?.image() ?? "";
      if (input && image !== input.value) {
        input.value = image;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }, 400);
  }
}

export function defineDrawing(): void {
  customElements.define("rb-drawing", Drawing);
}
