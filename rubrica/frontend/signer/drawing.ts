import SignaturePad, { type PointGroup } from "signature_pad";
import { followPressure } from "./pressure.ts";

const INK = "#14295c";
const MARGIN = 6; // CSS pixels of air around the strokes of the image

export interface Strokes {
  width: number;
  groups: PointGroup[];
}

/** The strokes on a canvas: they survive a turn of the phone, and the image is cut to them. */
export class DrawnSignature {
  private readonly pad: SignaturePad;
  private width = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onChange: () => void,
  ) {
    this.pad = new SignaturePad(canvas, { penColor: INK, minWidth: 0.7, maxWidth: 2.8, throttle: 8 });
    followPressure(this.pad);
    this.pad.addEventListener("endStroke", onChange);
    new ResizeObserver(() => this.fit()).observe(canvas);
    this.fit();
  }

  get isEmpty(): boolean {
    return this.pad.toData().length === 0;
  }

  /** The strokes and the width that they were drawn on, as something that can be kept. */
  get strokes(): Strokes {
    return { width: this.width, groups: this.pad.toData() };
  }

  /** Puts kept strokes back, as they would be after a turn of the phone. */
  restore(kept: Strokes): void {
    this.pad.fromData(scaled(kept.groups, this.width && kept.width ? Math.min(1, this.width / kept.width) : 1));
    this.onChange();
  }

  undo(): void {
    this.pad.fromData(this.pad.toData().slice(0, -1));
    this.onChange();
  }

  clear(): void {
    this.pad.clear();
    this.onChange();
  }

  /** PNG as a data URL, or an empty string when nothing was drawn. */
  image(): string {
    const points = this.pad.toData().flatMap((group) => group.points);
    if (points.length === 0) {
      return "";
    }
    const ratio = this.canvas.width / this.canvas.offsetWidth;
    const [left, right] = reach(points.map((point) => point.x), this.canvas.offsetWidth);
    const [top, bottom] = reach(points.map((point) => point.y), this.canvas.offsetHeight);
    const cut = document.createElement("canvas");
    cut.width = Math.ceil((right - left) * ratio);
    cut.height = Math.ceil((bottom - top) * ratio);
    cut.getContext("2d")?.drawImage(this.canvas, -left * ratio, -top * ratio);
    return cut.toDataURL("image/png");
  }

  /** A canvas forgets its content when its size changes, so the strokes are drawn again at the new scale. */
  private fit(): void {
    const width = this.canvas.offsetWidth;
    if (width === 0 || width === this.width) {
      return;
    }
    // Made smaller where it would not fit; never larger, because the height stays and would cut it.
    const strokes = scaled(this.pad.toData(), this.width ? Math.min(1, width / this.width) : 1);
    const ratio = Math.max(2, window.devicePixelRatio);
    this.width = width;
    this.canvas.width = width * ratio;
    this.canvas.height = this.canvas.offsetHeight * ratio;
    this.canvas.getContext("2d")?.scale(ratio, ratio);
    this.pad.fromData(strokes);
    this.onChange();
  }
}

function reach(values: number[], limit: number): [number, number] {
  return [Math.max(0, Math.min(...values) - MARGIN), Math.min(limit, Math.max(...values) + MARGIN)];
}

function scaled(strokes: PointGroup[], factor: number): PointGroup[] {
  return strokes.map((stroke) => ({
    ...stroke,
    points: stroke.points.map((point) => ({ ...point, x: point.x * factor, y: point.y * factor })),
  }));
}
