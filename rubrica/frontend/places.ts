// Places to sign on the pages of a PDF: each is a button on its page and a row of fields, and one follows the other.
import { draws } from "./placing/drawing.ts";
import { field, lay, numbers, put, scale, type Numbers } from "./placing/geometry.ts";
import { forgetGuides, snapped } from "./placing/snapping.ts";

const STEP = 1; // points of an arrow key
const LEAP = 10; // with Alt

/** `data-draws`: new places are drawn on the pages, for the person that is chosen in `[data-palette]`. */
class Places extends HTMLElement {
  private readonly boxes = new WeakMap<HTMLElement, HTMLButtonElement>();

  connectedCallback(): void {
    const tools = this.querySelectorAll<HTMLElement>("[data-add], [data-palette]");
    tools.forEach((one) => one.toggleAttribute("hidden", false));
    this.addEventListener("click", (event) => this.clicked(event.target as Element));
    this.addEventListener("input", () => this.draw());
    if (this.hasAttribute("data-draws")) {
      this.addEventListener("pointerdown", (event) => this.begin(event));
    }
    this.draw();
  }

  private get rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-rows] [data-row]")];
  }

  private get sheets(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-sheet]")];
  }

  private clicked(target: Element): void {
    const row = target.closest<HTMLElement>("[data-row]");
    if (target.closest("[data-add]")) {
      field(this.add(this.pageInView()), "type").focus();
    } else if (row && target.closest("[data-remove]")) {
      this.take(row);
    } else if (row && target.closest("[data-copy-pages]")) {
      this.copy(row);
    }
  }

  private take(row: HTMLElement): void {
    row.remove();
    this.draw();
    this.querySelector<HTMLElement>("[data-add]")?.focus();
  }

  private begin(event: PointerEvent): void {
    const sheet = event.target instanceof HTMLImageElement && event.target.closest<HTMLElement>("[data-sheet]");
    if (sheet && event.button === 0 && this.querySelector("[data-blank]")) {
      draws(event, sheet, (on, place) => {
        const row = this.add(on.dataset["sheet"]!);
        put(row, on, place);
        this.draw();
        this.boxes.get(row)?.focus({ preventScroll: true });
      });
    }
  }

  /** For the person that is chosen; where there is no such choice, with the type of the row before it. */
  private add(page: string): HTMLElement {
    const blank = this.querySelector<HTMLTemplateElement>("[data-blank]")!.content.cloneNode(true) as DocumentFragment;
    const row = blank.querySelector<HTMLElement>("[data-row]")!;
    const last = this.rows.at(-1);
    const chosen = this.querySelector<HTMLInputElement>("[data-palette] :checked");
    this.querySelector("[data-rows]")!.append(blank);
    if (chosen || last) {
      field(row, "type").value = chosen ? chosen.value : field(last!, "type").value;
    }
    field(row, "page").value = page;
    const sheet = this.sheets.find((one) => one.dataset["sheet"] === page);
    if (sheet) {
      put(row, sheet, numbers(row)); // a page may be smaller than the usual place is far
    }
    this.draw();
    return row;
  }

  /** On every page where it is not there yet, as far as the page is large enough. */
  private copy(row: HTMLElement): void {
    const place = numbers(row);
    const same = this.rows.filter((one) => field(one, "type").value === field(row, "type").value);
    const there = same.filter((one) => String(numbers(one)) === String(place));
    const taken = new Set(there.map((one) => field(one, "page").value));
    for (const sheet of this.sheets) {
      if (!taken.has(sheet.dataset["sheet"]!)) {
        const made = this.add(sheet.dataset["sheet"]!);
        field(made, "type").value = field(row, "type").value;
        put(made, sheet, place);
      }
    }
    this.draw();
    const said = this.querySelector<HTMLElement>("[data-said]");
    if (said) {
      said.textContent = said.dataset["copied"] ?? "";
    }
  }

  private pageInView(): string {
    const middle = window.innerHeight / 2;
    const near = this.sheets.find((sheet) => sheet.getBoundingClientRect().bottom > middle) ?? this.sheets.at(-1);
    return near?.dataset["sheet"] ?? "1";
  }

  /** A box that is there stays the same element: a hand, the keyboard or a screen reader may be on it. */
  private draw(): void {
    const drawn = new Set<Element>();
    const sheets = new Map(this.sheets.map((sheet) => [sheet.dataset["sheet"], sheet]));
    for (const row of this.rows) {
      row.querySelector<HTMLElement>("[data-remove]")?.toggleAttribute("hidden", false);
      row.querySelector<HTMLElement>("[data-copy-pages]")?.toggleAttribute("hidden", sheets.size < 2);
      const sheet = sheets.get(field(row, "page").value);
      if (sheet && numbers(row).every(Number.isFinite)) {
        const box = this.boxes.get(row) ?? this.box(row);
        dress(box, row);
        if (box.parentElement !== sheet) {
          sheet.append(box);
        }
        lay(box, row, sheet);
        drawn.add(box);
      }
    }
    this.querySelectorAll(".places__box").forEach((box) => drawn.has(box) || box.remove());
  }

  private box(row: HTMLElement): HTMLButtonElement {
    const box = document.createElement("button");
    box.type = "button";
    box.className = "places__box";
    box.addEventListener("pointerdown", (event) => this.grab(event, box, row));
    box.addEventListener("keydown", (event) => this.press(event, box, row));
    this.boxes.set(row, box);
    return box;
  }

  /** The lower right corner changes the size, everything else moves; with Alt nothing holds it. */
  private grab(event: PointerEvent, box: HTMLButtonElement, row: HTMLElement): void {
    event.preventDefault();
    const sheet = box.parentElement!;
    box.focus();
    box.setPointerCapture(event.pointerId);
    const shown = box.getBoundingClientRect();
    const resizing = event.clientX > shown.right - 14 && event.clientY > shown.bottom - 14;
    const points = scale(sheet);
    const start = { x: event.clientX, y: event.clientY };
    const [left, top, width, height] = numbers(row);
    const others = this.rows.filter((one) => one !== row && field(one, "page").value === field(row, "page").value);
    const move = (moved: PointerEvent) => {
      const across = (moved.clientX - start.x) * points;
      const down = (moved.clientY - start.y) * points;
      const larger: Numbers = [left, top, width + across, height + down];
      const to: Numbers = resizing ? larger : [left + across, top + down, width, height];
      put(row, sheet, resizing || moved.altKey ? to : snapped(to, others, sheet, points));
      lay(box, row, sheet);
    };
    const done = () => {
      box.removeEventListener("pointermove", move);
      forgetGuides(sheet);
    };
    box.addEventListener("pointermove", move);
    box.addEventListener("lostpointercapture", done, { once: true });
  }

  private press(event: KeyboardEvent, box: HTMLButtonElement, row: HTMLElement): void {
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const arrow = arrows[event.key];
    if (arrow) {
      event.preventDefault();
      const step = event.altKey ? LEAP : STEP;
      const [across, down] = [arrow[0] * step, arrow[1] * step];
      const [left, top, width, height] = numbers(row);
      const sheet = box.parentElement!;
      const larger: Numbers = [left, top, width + across, height + down];
      put(row, sheet, event.shiftKey ? larger : [left + across, top + down, width, height]);
      lay(box, row, sheet);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.take(row);
    }
  }
}

/** The words and the colour of whoever signs there. */
function dress(box: HTMLElement, row: HTMLElement): void {
  const kind = field(row, "type");
  const chosen = kind instanceof HTMLSelectElement ? kind.selectedOptions[0] : null;
  box.textContent = (chosen ? kind.value && chosen.text : kind.value).trim() || "?";
  box.dataset["tone"] = chosen?.dataset["tone"] ?? "";
}

customElements.define("rb-places", Places);
const redraw = () => document.querySelector("rb-places")?.dispatchEvent(new Event("input"));
window.addEventListener("load", redraw);
new ResizeObserver(redraw).observe(document.body);
