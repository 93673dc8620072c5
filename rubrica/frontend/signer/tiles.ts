// Where a page is shown larger than its picture has pixels (zoomed in, or metres long), squares of it lie over the
// picture, fetched for the part that is on the screen.

const SIDE = 1024; // pixels of a square, as the server cuts them
const WIDTHS = [800, 1200, 1600, 2000, 2800, 4000, 5600, 8000]; // pixels of the whole page that squares are cut from
const LONGEST = 2000; // pixels: the server draws no whole page with a longer side

export class Tiles {
  private width = 0;
  private readonly shown = new Map<string, HTMLImageElement>();
  private waiting = 0;

  constructor(
    private readonly sheet: HTMLElement & { url: string },
    private readonly image: HTMLImageElement,
  ) {
    document.addEventListener("scroll", () => this.soon(), { capture: true, passive: true });
    window.visualViewport?.addEventListener("scroll", () => this.soon());
  }

  /** `wanted` pixels across are worth it just now. */
  look(wanted: number): void {
    const [across, down] = [Number(this.image.getAttribute("width")), Number(this.image.getAttribute("height"))];
    const whole = Math.min(LONGEST, (LONGEST * across) / Math.max(across, down));
    const width = wanted > whole * 1.1 ? (WIDTHS.find((step) => step >= wanted * 0.9) ?? WIDTHS.at(-1)!) : 0;
    if (width !== this.width) {
      this.clear();
      this.width = width;
    }
    this.lay();
  }

  clear(): void {
    this.shown.forEach((tile) => tile.remove());
    this.shown.clear();
    this.width = 0;
  }

  private soon(): void {
    if (this.width && !this.waiting) {
      this.waiting = window.requestAnimationFrame(() => {
        this.waiting = 0;
        this.lay();
      });
    }
  }

  private lay(): void {
    const area = this.image.getBoundingClientRect();
    if (!this.width || !area.width) {
      return;
    }
    const scale = this.width / area.width;
    const height = area.height * scale;
    const view = window.visualViewport;
    const [left, top] = [view?.offsetLeft ?? 0, view?.offsetTop ?? 0];
    const [right, foot] = [left + (view?.width ?? window.innerWidth), top + (view?.height ?? window.innerHeight)];
    const columns = within((left - area.left) * scale, (right - area.left) * scale, this.width);
    const rows = within((top - area.top) * scale, (foot - area.top) * scale, height);
    const wanted = new Set(rows.flatMap((row) => columns.map((column) => `${column},${row}`)));
    for (const [name, tile] of this.shown) {
      if (!wanted.has(name) && this.shown.size > 40) {
        tile.remove();
        this.shown.delete(name);
      }
    }
    wanted.forEach((name) => this.shown.has(name) || this.add(name, height));
  }

  private add(name: string, height: number): void {
    const [column, row] = name.split(",").map(Number) as [number, number];
    const tile = document.createElement("img");
    tile.className = "sheet__tile";
    tile.alt = "";
    tile.style.left = `${((column * SIDE) / this.width) * 100}%`;
    tile.style.width = `${(Math.min(SIDE, this.width - column * SIDE) / this.width) * 100}%`;
    tile.style.top = `${((row * SIDE) / height) * 100}%`;
    tile.style.height = `${(Math.min(SIDE, height - row * SIDE) / height) * 100}%`;
    tile.addEventListener("error", () => tile.remove()); // the picture below it can still be read
    tile.src = `${this.sheet.url}?width=${this.width}&tile=${name}`;
    let layer = this.sheet.querySelector(".sheet__tiles");
    if (!layer) {
      layer = document.createElement("div");
      layer.className = "sheet__tiles";
      this.image.after(layer);
    }
    layer.append(tile);
    this.shown.set(name, tile);
  }
}

/** The numbers of the squares between two pixels of a side of that length. */
function within(from: number, to: number, length: number): number[] {
  const last = Math.ceil(length / SIDE) - 1;
  const [first, end] = [Math.max(0, Math.floor(from / SIDE)), Math.min(last, Math.floor(to / SIDE))];
  return Array.from({ length: Math.max(0, end - first + 1) }, (_, at) => first + at);
}
