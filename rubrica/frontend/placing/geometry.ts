// The numbers of a place: points from the top left of its page, kept in the fields of its row.

export const NUMBERS = ["left", "top", "width", "height"] as const;
export type Numbers = [number, number, number, number];

const LEAST = 12; // points of a side

export interface Size {
  width: number;
  height: number;
}

export function field(row: Element, name: string): HTMLInputElement | HTMLSelectElement {
  return row.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${name}"]`)!;
}

export function value(row: Element, name: string): number {
  const text = field(row, name).value.replace(",", ".").trim();
  return text === "" ? NaN : Number(text);
}

export function numbers(row: Element): Numbers {
  return NUMBERS.map((name) => value(row, name)) as Numbers;
}

export function size(sheet: HTMLElement): Size {
  return { width: Number(sheet.dataset["width"]), height: Number(sheet.dataset["height"]) };
}

/** Points of the page for each pixel of its picture. */
export function scale(sheet: HTMLElement): number {
  return size(sheet).width / sheet.querySelector("img")!.offsetWidth;
}

/** Kept on the page, whatever the hand does. */
export function put(row: Element, sheet: HTMLElement, [left, top, width, height]: Numbers): void {
  const page = size(sheet);
  const w = Math.min(Math.max(width, LEAST), page.width);
  const h = Math.min(Math.max(height, LEAST), page.height);
  const within = [Math.min(Math.max(left, 0), page.width - w), Math.min(Math.max(top, 0), page.height - h), w, h];
  NUMBERS.forEach((name, index) => (field(row, name).value = String(Math.round(within[index]! * 10) / 10)));
}

export function lay(box: HTMLElement, row: Element, sheet: HTMLElement): void {
  const page = size(sheet);
  const share = (name: (typeof NUMBERS)[number], whole: number) => `${(value(row, name) / whole) * 100}%`;
  box.style.left = share("left", page.width);
  box.style.width = share("width", page.width);
  box.style.top = share("top", tall(sheet));
  box.style.height = share("height", tall(sheet));
}

/** The sheet is higher than its picture by the line with the page's number. */
export function tall(sheet: HTMLElement): number {
  const image = sheet.querySelector("img")!;
  return size(sheet).height * (sheet.offsetHeight / (image.offsetHeight || sheet.offsetHeight));
}
