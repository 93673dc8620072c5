// Places to sign on the pages of a PDF: each is a button on its page and a row of numbers, and one follows the other.

const STEP = 1; // points of an arrow key
const LEAP = 10; // with Alt
const LEAST = 12; // points of a side
const NUMBERS = ["left", "top", "width", "height"] as const;

class Places extends HTMLElement {
  private readonly boxes = new WeakMap<HTMLElement, HTMLButtonElement>();

  connectedCallback(): void {
    this.querySelector<HTMLElement>("[data-add]")?.toggleAttribute("hidden", false);
    this.addEventListener("click", (event) => this.clicked(event.target as Element));
    this.addEventListener("input", () => this.draw());
    this.draw();
  }

  private get rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-rows] [data-row]")];
  }

  private clicked(target: Element): void {
    if (target.closest("[data-add]")) {
      this.add();
    } else if (target.closest("[data-remove]")) {
      target.closest("[data-row]")?.remove();
      this.draw();
      this.querySelector<HTMLElement>("[data-add]")?.focus();
    }
  }

  /** On the page that is looked at, with the type of the row before it. */
  private add(): void {
    const blank = this.querySelector<HTMLTemplateElement>("[data-blank]")!.content.cloneNode(true) as DocumentFragment;
    const row = blank.querySelector<HTMLElement>("[data-row]")!;
    const last = this.rows.at(-1);
    this.querySelector("[data-rows]")!.append(blank);
    if (last) {
      field(row, "type").value = field(last, "type").value;
    }
    field(row, "page").value = this.pageInView();
    this.draw();
    field(row, "type").focus();
  }

  private pageInView(): string {
    const middle = window.innerHeight / 2;
    const sheets = [...this.querySelectorAll<HTMLElement>("[data-sheet]")];
    const near = sheets.find((sheet) => sheet.getBoundingClientRect().bottom > middle) ?? sheets.at(-1);
    return near?.dataset["sheet"] ?? "1";
  }

  /** A box that is there stays the same element: a hand, the keyboard or a screen reader may be on it. */
  private draw(): void {
    const drawn = new Set<Element>();
    for (const row of this.rows) {
      row.querySelector<HTMLElement>("[data-remove]")?.toggleAttribute("hidden", false);
      const sheet = this.querySelector<HTMLElement>(`[data-sheet="${CSS.escape(field(row, "page").value)}"]`);
      if (sheet && NUMBERS.every((name) => Number.isFinite(value(row, name)))) {
        const box = this.boxes.get(row) ?? this.box(row);
        box.textContent = field(row, "type").value.trim() || "?";
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

  /** The lower right corner changes the size, everything else moves. */
  private grab(event: PointerEvent, box: HTMLButtonElement, row: HTMLElement): void {
    event.preventDefault();
    const sheet = box.parentElement!;
    box.focus();
    box.setPointerCapture(event.pointerId);
    const shown = box.getBoundingClientRect();
    const resizing = event.clientX > shown.right - 14 && event.clientY > shown.bottom - 14;
    const scale = size(sheet).width / sheet.querySelector("img")!.offsetWidth;
    const start = { x: event.clientX, y: event.clientY };
    const begun = NUMBERS.map((name) => value(row, name));
    const move = (moved: PointerEvent) => {
      const across = (moved.clientX - start.x) * scale;
      const down = (moved.clientY - start.y) * scale;
      const [left, top, width, height] = begun as [number, number, number, number];
      put(row, sheet, resizing ? [left, top, width + across, height + down] : [left + across, top + down, width, height]);
      lay(box, row, sheet);
    };
    box.addEventListener("pointermove", move);
    box.addEventListener("lostpointercapture", () => box.removeEventListener("pointermove", move), { once: true });
  }

  private press(event: KeyboardEvent, box: HTMLButtonElement, row: HTMLElement): void {
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const arrow = arrows[event.key];
    if (!arrow) {
      return;
    }
    event.preventDefault();
    const sheet = box.parentElement!;
    const step = event.altKey ? LEAP : STEP;
    const [across, down] = [arrow[0] * step, arrow[1] * step];
    const [left, top, width, height] = NUMBERS.map((name) => value(row, name)) as [number, number, number, number];
    put(row, sheet, event.shiftKey ? [left, top, width + across, height + down] : [left + across, top + down, width, height]);
    lay(box, row, sheet);
  }
}

function field(row: Element, name: string): HTMLInputElement {
  return row.querySelector<HTMLInputElement>(`[name="${name}"]`)!;
}

function value(row: Element, name: string): number {
  const text = field(row, name).value.replace(",", ".").trim();
  return text === "" ? NaN : Number(text);
}

function size(sheet: HTMLElement): { width: number; height: number } {
  return { width: Number(sheet.dataset["width"]), height: Number(sheet.dataset["height"]) };
}

/** Kept on the page, whatever the hand does. */
function put(row: Element, sheet: HTMLElement, [left, top, width, height]: [number, number, number, number]): void {
  const page = size(sheet);
  const w = Math.min(Math.max(width, LEAST), page.width);
  const h = Math.min(Math.max(height, LEAST), page.height);
  const numbers = [Math.min(Math.max(left, 0), page.width - w), Math.min(Math.max(top, 0), page.height - h), w, h];
  NUMBERS.forEach((name, index) => (field(row, name).value = String(Math.round(numbers[index]! * 10) / 10)));
}

function lay(box: HTMLElement, row: Element, sheet: HTMLElement): void {
  const page = size(sheet);
  const image = sheet.querySelector("img")!;
  const share = (name: (typeof NUMBERS)[number], whole: number) => `${(value(row, name) / whole) * 100}%`;
  box.style.left = share("left", page.width);
  box.style.width = share("width", page.width);
  // The sheet is higher than its picture by the line with the page's number.
  const tall = page.height * (sheet.offsetHeight / (image.offsetHeight || sheet.offsetHeight));
  box.style.top = share("top", tall);
  box.style.height = share("height", tall);
}

customElements.define("rb-places", Places);
window.addEventListener("load", () => document.querySelector("rb-places")?.dispatchEvent(new Event("input")));
new ResizeObserver(() => document.querySelector("rb-places")?.dispatchEvent(new Event("input"))).observe(document.body);
