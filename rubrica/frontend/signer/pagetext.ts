// The words of a page as spans over its picture, which can be selected and read aloud.

interface Word {
  text: string;
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface PageText {
  width: number;
  height: number;
  words: Word[];
}

const ruler = document.createElement("canvas").getContext("2d");
const RULED_AT = 100; // pixels of the font that widths are measured in

export function spansOf(page: PageText): HTMLSpanElement[] {
  return linesOf(page.words).map((line) => spanOf(line, page));
}

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
