// A page of the document: a picture, and over it its words, which can be selected and read aloud.

interface Word {
  text: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

interface PageText {
  width: number;
  height: number;
  words: Word[];
}

const ruler = document.createElement("canvas").getContext("2d");
const RULED_AT = 100; // pixels of the font that widths are measured in

/** Words that stand beside each other become one line: a screen reader says sentences, not single words. */
function linesOf(words: Word[]): Word[] {
  const lines: Word[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const sameLine = line && Math.abs(line.y + line.h / 2 - (word.y + word.h / 2)) < Math.min(line.h, word.h) * 0.6;
    const gap = line ? word.x - (line.x + line.w) : 0;
    if (line && sameLine && gap > -line.h && gap < line.h * 1.5) {
      const top = Math.min(line.y, word.y);
      line.h = Math.max(line.y + line.h, word.y + word.h) - top;
      line.y = top;
      line.w = word.x + word.w - line.x;
      line.text += ` ${word.text}`;
    } else {
      lines.push({ ...word });
    }
  }
  return lines;
}

/** Sized in shares of the page (container units), so that it fits at every width without being laid out again. */
function spanOf(line: Word, page: PageText): HTMLSpanElement {
  const span = document.createElement("span");
  span.textContent = `${line.text} `;
  span.style.left = `${line.x * 100}%`;
  span.style.top = `${line.y * 100}%`;
  span.style.fontSize = `${line.h * 100}cqh`;
  if (ruler) {
    ruler.font = `${RULED_AT}px sans-serif`;
    const natural = (ruler.measureText(line.text).width / RULED_AT) * line.h * page.height;
    span.style.transform = natural ? `scaleX(${(line.w * page.width) / natural})` : "";
  }
  return span;
}

class Sheet extends HTMLElement {
  private watcher: IntersectionObserver | null = null;

  connectedCallback(): void {
    this.watcher = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && this.near(), {
      rootMargin: "100% 0px",
    });
    this.watcher.observe(this);
    const image = this.querySelector("img");
    image?.addEventListener("error", () => this.failed(true));
    image?.addEventListener("load", () => this.failed(false));
    this.querySelector("[data-reload]")?.addEventListener("click", () => this.reload());
  }

  disconnectedCallback(): void {
    this.watcher?.disconnect();
  }

  private near(): void {
    this.watcher?.disconnect();
    void this.readWords();
  }

  /** Without its words the page can still be read by eye, so a failure here says nothing. */
  private async readWords(): Promise<void> {
    const response = await fetch(this.dataset["text"] ?? "").catch(() => null);
    const layer = this.querySelector("[data-words]");
    if (response?.ok && layer) {
      const page = (await response.json()) as PageText;
      layer.replaceChildren(...linesOf(page.words).map((line) => spanOf(line, page)));
    }
  }

  private failed(failed: boolean): void {
    const note = this.querySelector<HTMLElement>("[data-failed]");
    if (note) {
      note.hidden = !failed;
    }
  }

  private reload(): void {
    const image = this.querySelector("img");
    if (image) {
      this.failed(false);
      image.srcset = image.srcset;
    }
  }
}

export function defineSheet(): void {
  customElements.define("rb-sheet", Sheet);
}
