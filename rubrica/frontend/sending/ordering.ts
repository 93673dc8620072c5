// A card of a list that follows the hand; the others make room for it.

/** Says `rb-moved` on the card when it is let go somewhere else. */
export function follow(event: PointerEvent, handle: HTMLElement, card: HTMLElement, list: HTMLElement): void {
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  const before = card.nextElementSibling;
  card.classList.add("is-held");
  const move = (moved: PointerEvent) => place(card, list, moved.clientY);
  const done = () => {
    handle.removeEventListener("pointermove", move);
    card.classList.remove("is-held");
    if (card.nextElementSibling !== before) {
      card.dispatchEvent(new Event("rb-moved", { bubbles: true }));
    }
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("lostpointercapture", done, { once: true });
}

/** In front of the first card whose middle is below the hand. Moving the card itself would lose the hand. */
function place(card: HTMLElement, list: HTMLElement, y: number): void {
  const others = [...list.children].filter((one) => one !== card);
  const below = others.find((one) => middle(one) > y) ?? null;
  const behind = others.slice(below ? others.indexOf(below) : others.length);
  const inFront = others.slice(0, others.length - behind.length);
  const lies = (one: Element, where: number) => (card.compareDocumentPosition(one) & where) !== 0;
  inFront.filter((one) => lies(one, Node.DOCUMENT_POSITION_FOLLOWING)).forEach((one) => card.before(one));
  const above = behind.filter((one) => lies(one, Node.DOCUMENT_POSITION_PRECEDING));
  above.reverse().forEach((one) => card.after(one));
}

function middle(element: Element): number {
  const shown = element.getBoundingClientRect();
  return shown.top + shown.height / 2;
}
