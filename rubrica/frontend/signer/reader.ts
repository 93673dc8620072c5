// The pages of one document: larger and smaller, where one is, and all of them at a glance.
import { Sheet } from "./sheet.ts";

const ZOOMS = [1, 1.25, 1.5, 2, 3, 4];
const THUMB = 200; // pixels
const SETTLED_MS = 150; // a pinch and a turn come as many small steps

class Reader extends HTMLElement {
  private zoom = 1;
  private timer = 0;

  connectedCallback(): void {
    this.addEventListener("click", (event) => this.clicked(event.target as Element));
    window.visualViewport?.addEventListener("resize", () => this.soon());
    window.addEventListener("resize", () => this.soon());
    this.watch();
  }

  private get sheets(): Sheet[] {
    return [...this.querySelectorAll<Sheet>("rb-sheet")];
  }

  private get view(): HTMLElement {
    return this.querySelector<HTMLElement>("[data-view]")!;
  }

  private clicked(target: Element): void {
    const way = target.closest<HTMLElement>("[data-zoom]")?.dataset["zoom"];
    if (way === "fit") {
      this.enlarge(1);
    } else if (way) {
      const at = ZOOMS.indexOf(this.zoom) + (way === "in" ? 1 : -1);
      this.enlarge(ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, at))]!);
    } else if (target.closest("[data-thumbs]")) {
      this.showAll();
    }
  }

  /** What is in the middle of the screen stays there. */
  private enlarge(zoom: number): void {
    const factor = zoom / this.zoom;
    const middle = window.innerHeight / 2;
    const sheets = this.querySelector<HTMLElement>("[data-sheets]")!;
    const above = middle - sheets.getBoundingClientRect().top;
    const across = this.view.scrollLeft + this.view.clientWidth / 2;
    this.zoom = zoom;
    sheets.style.setProperty("--zoom", String(zoom));
    if (above > 0) {
      window.scrollBy({ top: above * (factor - 1), behavior: "instant" });
    }
    this.view.scrollLeft = across * factor - this.view.clientWidth / 2;
    this.view.tabIndex = zoom > 1 ? 0 : -1; // what can be scrolled can be scrolled by keys
    this.say(zoom);
    this.soon();
  }

  private say(zoom: number): void {
    this.querySelector("[data-zoom-at]")!.textContent = new Intl.NumberFormat(document.documentElement.lang, {
      style: "percent",
    }).format(zoom);
    this.querySelector<HTMLButtonElement>("[data-zoom=out]")!.disabled = zoom === ZOOMS[0];
    this.querySelector<HTMLButtonElement>("[data-zoom=in]")!.disabled = zoom === ZOOMS.at(-1);
  }

  private soon(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.sheets.forEach((sheet) => sheet.sharpen()), SETTLED_MS);
  }

  /** The page that crosses the middle of the screen is the one that is being read. */
  private watch(): void {
    const place = this.querySelector("[data-at]");
    const middle = new IntersectionObserver(
      (entries) => {
        const here = entries.find((entry) => entry.isIntersecting)?.target as HTMLElement | undefined;
        if (here && place) {
          place.textContent = here.dataset["number"] ?? "";
        }
      },
      { rootMargin: "-49% 0px -49% 0px" },
    );
    this.sheets.forEach((sheet) => middle.observe(sheet));
  }

  private showAll(): void {
    const dialog = document.querySelector<HTMLDialogElement>("#thumbs");
    const list = dialog?.querySelector("[data-thumbs-list]");
    if (!dialog || !list) {
      return;
    }
    list.replaceChildren(...this.sheets.map((sheet) => thumbOf(sheet)));
    list.querySelectorAll("a").forEach((link) => link.addEventListener("click", () => dialog.close()));
    dialog.showModal();
  }
}

function thumbOf(sheet: Sheet): HTMLLIElement {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const picture = document.createElement("img");
  const page = sheet.querySelector(".sheet__image")!;
  picture.alt = "";
  picture.loading = "lazy";
  picture.width = Number(page.getAttribute("width"));
  picture.height = Number(page.getAttribute("height"));
  picture.src = `${sheet.url}?width=${THUMB}`;
  link.href = `#${sheet.id}`;
  link.className = "thumb";
  link.classList.toggle("thumb--marked", sheet.querySelector("[data-place]") !== null);
  const name = document.createElement("span");
  name.className = "numeric";
  name.textContent = sheet.dataset["number"]!.split(" / ")[0]!;
  link.setAttribute("aria-label", sheet.getAttribute("aria-label") ?? "");
  link.append(picture, name);
  item.append(link);
  return item;
}

export function defineReader(): void {
  customElements.define("rb-reader", Reader);
}
