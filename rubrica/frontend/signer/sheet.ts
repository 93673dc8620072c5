// A page of the document: a picture, and over it its words. What is far from the screen is let go of again, so that a
// thousand pages cost no more than the few that are looked at.
import { type PageText, spansOf } from "./pagetext.ts";
import { Tiles } from "./tiles.ts";

const WIDTHS = [400, 800, 1200, 1600, 2000]; // pixels: what the server renders of a page as a whole
const NEARBY = "300% 0px"; // three screens on each side
const TRIES = 3;
const AGAIN_MS = 3000;
const NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

export class Sheet extends HTMLElement {
  private watcher: IntersectionObserver | null = null;
  private near = false;
  private tiles: Tiles | null = null;

  connectedCallback(): void {
    const image = this.image;
    if (!image || this.watcher) {
      return;
    }
    // The picture may be let go of: its place must not depend on it.
    image.style.aspectRatio = `${image.getAttribute("width")} / ${image.getAttribute("height")}`;
    image.addEventListener("error", () => this.failed());
    image.addEventListener("load", () => this.querySelector(".sheet__failed")?.remove());
    this.tiles = new Tiles(this, image);
    this.watcher = new IntersectionObserver((entries) => this.moved(entries.at(-1)!.isIntersecting), {
      rootMargin: NEARBY,
    });
    this.watcher.observe(this);
  }

  disconnectedCallback(): void {
    this.watcher?.disconnect();
    this.watcher = null;
  }

  /** Looks again how many pixels are worth it: the page has become larger, or the screen has turned. */
  sharpen(): void {
    if (this.near) {
      this.draw();
    }
  }

  get url(): string {
    return this.dataset["url"] ?? "";
  }

  private get image(): HTMLImageElement | null {
    return this.querySelector(".sheet__image");
  }

  private moved(near: boolean): void {
    if (near === this.near) {
      return;
    }
    this.near = near;
    if (near) {
      this.draw();
      void this.readWords();
    } else {
      this.letGo();
    }
  }

  private draw(): void {
    const image = this.image!;
    const ratio = window.devicePixelRatio * (window.visualViewport?.scale ?? 1);
    const wanted = this.clientWidth * ratio;
    const width = WIDTHS.find((step) => step >= wanted * 0.9) ?? WIDTHS.at(-1)!;
    const shown = Number(new URL(image.currentSrc || image.src, location.href).searchParams.get("width"));
    if (!image.currentSrc || !(shown >= width)) {
      image.removeAttribute("srcset");
      image.removeAttribute("loading");
      image.src = `${this.url}?width=${width}`;
    }
    this.tiles?.look(wanted);
  }

  private letGo(): void {
    if (this.contains(document.getSelection()?.anchorNode ?? null)) {
      return; // somebody is selecting from here on
    }
    this.querySelector(".sheet__words")?.remove();
    this.tiles?.clear();
    const image = this.image!;
    image.removeAttribute("srcset");
    image.src = NOTHING;
  }

  /** Without its words the page can still be read by eye, so a failure here says nothing and tries again. */
  private async readWords(tries = TRIES): Promise<void> {
    const response = await fetch(`${this.url}/text`).catch(() => null);
    const page = response?.ok ? ((await response.json()) as PageText) : null;
    if (!page && tries > 1) {
      window.setTimeout(() => this.near && void this.readWords(tries - 1), AGAIN_MS);
    } else if (page && this.near && !this.querySelector(".sheet__words")) {
      const layer = document.createElement("div");
      layer.className = "sheet__words";
      layer.replaceChildren(...spansOf(page));
      this.image!.after(layer);
    }
  }

  private failed(): void {
    const note = document.querySelector<HTMLTemplateElement>("#sheet-failed")?.content.cloneNode(true);
    if (note && !this.querySelector(".sheet__failed")) {
      this.append(note);
      this.querySelector("[data-reload]")?.addEventListener("click", () => this.reload());
    }
  }

  private reload(): void {
    const image = this.image!;
    const again = image.currentSrc || image.src;
    image.removeAttribute("srcset");
    image.src = NOTHING;
    image.src = again;
  }
}

export function defineSheet(): void {
  customElements.define("rb-sheet", Sheet);
}
