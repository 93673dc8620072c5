// Places to sign on the pages of a PDF: each is a button on its page and a row of fields, and one follows the other.
import { draws } from "./placing/drawing.ts";
import { field, lay, numbers, put, scale, type Numbers } from "./placing/geometry.ts";
import { forgetGuides, snapped } from "./placing/snapping.ts";

const STEP = 1; // points of an arrow key
const LEAP = 10; // with Alt
const ASKED = ["kind", "label", "required", "letters"] as const; // of what goes into a place

/** `data-draws`: new places are drawn on the pages, for the person that is chosen in `[data-palette]`. */
class Places extends HTMLElement {
  private readonly boxes = new WeakMap<HTMLElement, HTMLButtonElement>();

  connectedCallback(): void {
    const tools = this.querySelectorAll<HTMLElement>("[data-add], [data-palette]");
    tools.forEach((one) => one.toggleAttribute("hidden", false));
    this.addEventListener("click", (event) => this.clicked(event.target as Element));
    this.addEventListener("input", () => this.draw());
    this.addEventListener("change", (event) => this.changed(event.target as Element));
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

  /** A place of another kind has another size, unless somebody has given it one. */
  private changed(target: Element): void {
    const row = target.closest<HTMLElement>("[data-rows] [data-row]");
    if (row && target instanceof HTMLSelectElement && target.name === "kind") {
      const sheet = this.sheets.find((one) => one.dataset["sheet"] === field(row, "page").value);
      const [left, top, width, height] = numbers(row);
      const isUsual = [...target.options].some((one) => String(usualOf(one)) === String([width, height]));
      if (sheet && isUsual) {
        put(row, sheet, [left, top, ...usualOf(target.selectedOptions[0])]);
      }
      this.draw();
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
      draws(event, sheet, usualOf(this.chosen("placing-kind")), (on, place) => {
        const row = this.add(on.dataset["sheet"]!);
        put(row, on, place);
        this.draw();
        this.boxes.get(row)?.focus({ preventScroll: true });
      });
    }
  }

  private chosen(name: string): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>(`[data-palette] [name="${name}"]:checked`);
  }

  /** For the person and the kind that are chosen; where there is no such choice, with the type of the row before it. */
  private add(page: string): HTMLElement {
    const blank = this.querySelector<HTMLTemplateElement>("[data-blank]")!.content.cloneNode(true) as DocumentFragment;
    const row = blank.querySelector<HTMLElement>("[data-row]")!;
    const last = this.rows.at(-1);
    const [chosen, kind] = [this.chosen("placing"), this.chosen("placing-kind")];
    this.querySelector("[data-rows]")!.append(blank);
    if (chosen || last) {
      field(row, "type").value = chosen ? chosen.value : field(last!, "type").value;
    }
    field(row, "page").value = page;
    if (kind) {
      dressAs(row, kind.value);
    }
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
    const alike = (one: Element) => ["type", ...ASKED].every((name) => field(one, name).value === field(row, name).value);
    const same = this.rows.filter(alike);
    const there = same.filter((one) => String(numbers(one)) === String(place));
    const taken = new Set(there.map((one) => field(one, "page").value));
    for (const sheet of this.sheets) {
      if (!taken.has(sheet.dataset["sheet"]!)) {
        const made = this.add(sheet.dataset["sheet"]!);
        ["type", ...ASKED].forEach((name) => (field(made, name).value = field(row, name).value));
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
    const corner = Math.min(14, shown.width / 3, shown.height / 3); // a small box is mostly for moving
    const resizing = event.clientX > shown.right - corner && event.clientY > shown.bottom - corner;
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

/** The words and the colour of whoever signs there, and what else goes there. */
function dress(box: HTMLElement, row: HTMLElement): void {
  const whose = field(row, "type");
  const chosen = whose instanceof HTMLSelectElement ? whose.selectedOptions[0] : null;
  const who = (chosen ? whose.value && chosen.text : whose.value).trim() || "?";
  const kind = field(row, "kind") as HTMLSelectElement;
  const said = field(row, "label").value.trim() || (kind.selectedOptions[0]?.text ?? "");
  box.textContent = kind.value === "signature" ? who : `${said} · ${who}`;
  box.title = box.textContent;
  box.dataset["tone"] = chosen?.dataset["tone"] ?? "";
  box.dataset["kind"] = kind.value;
  for (const asked of row.querySelectorAll<HTMLElement>("[data-for]")) {
    asked.hidden = !asked.dataset["for"]!.split(" ").includes(kind.value);
  }
}

/** Makes a row one for something of this kind, in its usual size. */
function dressAs(row: HTMLElement, value: string): void {
  const kind = field(row, "kind") as HTMLSelectElement;
  kind.value = value;
  const [width, height] = usualOf(kind.selectedOptions[0]);
  field(row, "width").value = String(width);
  field(row, "height").value = String(height);
}

/** Points of a new place, which the choice of its kind carries. */
function usualOf(choice: HTMLElement | null | undefined): [number, number] {
  return [Number(choice?.dataset["width"]) || 150, Number(choice?.dataset["height"]) || 50];
}

customElements.define("rb-places", Places);
const redraw = () => document.querySelector("rb-places")?.dispatchEvent(new Event("input"));
window.addEventListener("load", redraw);
new ResizeObserver(redraw).observe(document.body);
