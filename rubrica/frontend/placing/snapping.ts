// A place that is moved near the edge or the middle of another one, or of the page, stops there, and a line shows why.
import { numbers, size, tall, type Numbers } from "./geometry.ts";

const NEAR = 5; // pixels

interface Stop {
  shift: number;
  at: number;
}

/** Where a side, the middle and the other side may stop on one axis, nearest first. */
function nearest(stops: number[], from: number, length: number, within: number): Stop | undefined {
  const found = stops.flatMap((at) =>
    [0, length / 2, length].map((offset) => ({ shift: at - (from + offset), at })),
  );
  const near = found.filter((stop) => Math.abs(stop.shift) <= within);
  return near.sort((a, b) => Math.abs(a.shift) - Math.abs(b.shift))[0];
}

export function snapped(place: Numbers, others: Element[], sheet: HTMLElement, scale: number): Numbers {
  const page = size(sheet);
  const known = others.map(numbers).filter((one) => one.every(Number.isFinite));
  const columns = [page.width / 2, ...known.flatMap(([x, , w]) => [x, x + w / 2, x + w])];
  const lines = [page.height / 2, ...known.flatMap(([, y, , h]) => [y, y + h / 2, y + h])];
  const across = nearest(columns, place[0], place[2], NEAR * scale);
  const down = nearest(lines, place[1], place[3], NEAR * scale);
  guide(sheet, "x", across && `${(across.at / page.width) * 100}%`);
  guide(sheet, "y", down && `${(down.at / tall(sheet)) * 100}%`);
  return [place[0] + (across?.shift ?? 0), place[1] + (down?.shift ?? 0), place[2], place[3]];
}

function guide(sheet: HTMLElement, axis: "x" | "y", at: string | undefined): void {
  const kind = `places__guide--${axis}`;
  let line = sheet.querySelector<HTMLElement>(`.${kind}`);
  if (at === undefined) {
    line?.remove();
    return;
  }
  if (!line) {
    line = document.createElement("span");
    line.className = `places__guide ${kind}`;
    sheet.append(line);
  }
  line.style[axis === "x" ? "left" : "top"] = at;
}

export function forgetGuides(sheet: HTMLElement): void {
  sheet.querySelectorAll(".places__guide").forEach((line) => line.remove());
}
