// "Next" leads from place to place in the order of the document, then back to what must be filled in and is not, and
// last to the signature.

type Place = HTMLElement | SVGElement;

const OPEN = "[data-place]:not([data-filled])";
const seen = new WeakSet<Element>();

function nextPlace(): Place | null {
  const places = [...document.querySelectorAll<Place>(OPEN)];
  return places.find((place) => !seen.has(place)) ?? document.querySelector<HTMLElement>(`[data-field]${OPEN}`);
}

function leadOn(event: Event): void {
  const place = (event.target as Element).closest("[data-guide]") && nextPlace();
  if (place) {
    event.preventDefault();
    seen.add(place);
    place.scrollIntoView({ block: "center", behavior: "smooth" });
    (place.querySelector<HTMLElement>("input, textarea, select, button, a") ?? place).focus({ preventScroll: true });
  }
}

export function startGuide(): void {
  document.addEventListener("click", leadOn);
}
