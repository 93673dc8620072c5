// A typed name as a picture in the hand of the preview, so that the sealed document shows what the signer saw.

/** The hands to choose from; the style sheet has the same names for the preview (`data-hand`). */
const HANDS: Record<string, string> = {
  belle: '"La Belle Aurore", "La Belle Aurore Extended", cursive',
  caveat: '"Caveat", cursive',
  dancing: '"Dancing Script", cursive',
  vibes: '"Great Vibes", cursive',
};
const SIZE = 96; // pixels
const PADDING = 24;
const INK = "#14295c";

/** PNG as a data URL, or an empty string where the browser cannot draw it. */
export async function handwritten(text: string, hand: string): Promise<string> {
  const font = `${SIZE}px ${HANDS[hand] ?? HANDS["belle"]}`;
  await document.fonts.load(font, text).catch(() => undefined);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) {
    return "";
  }
  context.font = font;
  const box = context.measureText(text);
  const left = box.actualBoundingBoxLeft + PADDING;
  canvas.width = Math.ceil(left + box.actualBoundingBoxRight + PADDING);
  canvas.height = Math.ceil(box.actualBoundingBoxAscent + box.actualBoundingBoxDescent + 2 * PADDING);
  context.font = font; // A canvas forgets its settings when its size changes.
  context.fillStyle = INK;
  context.fillText(text, left, box.actualBoundingBoxAscent + PADDING);
  return canvas.toDataURL("image/png");
}
