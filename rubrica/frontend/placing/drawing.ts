// A new place, drawn with a mouse or a pen on the page, or pressed where it is to be.
import { scale, size, type Numbers } from "./geometry.ts";

const STILL = 6; // pixels that a hand may tremble

export type Drawn = (sheet: HTMLElement, place: Numbers) => void;

/** A finger that moves scrolls the page, so it only presses; what is pressed has the `usual` size, in points. */
export function draws(event: PointerEvent, sheet: HTMLElement, usual: [number, number], drawn: Drawn): void {
  const image = sheet.querySelector("img")!;
  const isFinger = event.pointerType === "touch";
  const from = { x: event.clientX, y: event.clientY };
  const frame = isFinger ? null : outline(sheet);
  if (!isFinger) {
    event.preventDefault();
    image.setPointerCapture(event.pointerId);
  }
  const listening = new AbortController();
  const { signal } = listening;
  image.addEventListener("pointermove", (moved) => frame && stretch(frame, image, from, moved), { signal });
  const stop = () => {
    listening.abort();
    frame?.remove();
  };
  image.addEventListener("pointercancel", stop, { signal });
  image.addEventListener(
    "pointerup",
    (up) => {
      stop();
      const isStill = Math.abs(up.clientX - from.x) < STILL && Math.abs(up.clientY - from.y) < STILL;
      if (isStill || !isFinger) {
        const to = { x: up.clientX, y: up.clientY };
        drawn(sheet, isStill ? pressed(sheet, image, from, usual) : between(sheet, image, from, to));
      }
    },
    { signal },
  );
}

interface Point {
  x: number;
  y: number;
}

function pressed(sheet: HTMLElement, image: HTMLElement, at: Point, usual: [number, number]): Numbers {
  const [x, y] = onPage(sheet, image, at);
  const page = size(sheet);
  const [width, height] = [Math.min(usual[0], page.width), Math.min(usual[1], page.height)];
  return [x - width / 2, y - height / 2, width, height];
}

function between(sheet: HTMLElement, image: HTMLElement, a: Point, b: Point): Numbers {
  const [ax, ay] = onPage(sheet, image, a);
  const [bx, by] = onPage(sheet, image, b);
  return [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];
}

function onPage(sheet: HTMLElement, image: HTMLElement, at: Point): [number, number] {
  const shown = image.getBoundingClientRect();
  const page = size(sheet);
  const points = scale(sheet);
  const inside = (length: number, most: number) => Math.min(Math.max(length * points, 0), most);
  return [inside(at.x - shown.left, page.width), inside(at.y - shown.top, page.height)];
}

function outline(sheet: HTMLElement): HTMLElement {
  const frame = document.createElement("span");
  frame.className = "places__frame";
  sheet.append(frame);
  return frame;
}

function stretch(frame: HTMLElement, image: HTMLElement, from: Point, to: PointerEvent): void {
  const shown = image.getBoundingClientRect();
  const clamp = (at: number, least: number, most: number) => Math.min(Math.max(at, least), most);
  const [x, y] = [clamp(to.clientX, shown.left, shown.right), clamp(to.clientY, shown.top, shown.bottom)];
  frame.style.left = `${Math.min(from.x, x) - shown.left}px`;
  frame.style.top = `${Math.min(from.y, y) - shown.top}px`;
  frame.style.width = `${Math.abs(from.x - x)}px`;
  frame.style.height = `${Math.abs(from.y - y)}px`;
}
