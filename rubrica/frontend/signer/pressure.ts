// A pen tells how hard it is pressed; of a finger or a mouse only the speed says anything.
import type SignaturePad from "signature_pad";

interface Pressed {
  pressure: number;
}

interface Widths {
  minWidth: number;
  maxWidth: number;
}

/** Where the pad decides how wide a stroke becomes. It is private there; the package's version is fixed. */
interface Inside {
  _lastWidth: number;
  _calculateCurveWidths: (start: Pressed, end: Pressed, widths: Widths) => { start: number; end: number };
}

const FOLLOWS = 0.6; // how much of a change of pressure shows at once, so that no step is seen

export function followPressure(pad: SignaturePad): void {
  pad.addEventListener("beforeUpdateStroke", (event) => {
    const stroke = (event as CustomEvent<Pressed & { event: Event }>).detail;
    // Also kept with the point, so that the stroke is the same when it is drawn again.
    stroke.pressure = isPen(stroke.event) ? stroke.pressure : 0;
  });
  const inside = pad as unknown as Inside;
  const bySpeed = inside._calculateCurveWidths.bind(pad);
  inside._calculateCurveWidths = (start, end, widths) => {
    if (!end.pressure) {
      return bySpeed(start, end, widths);
    }
    const before = inside._lastWidth;
    const wanted = widths.minWidth + (widths.maxWidth - widths.minWidth) * Math.min(1, end.pressure);
    inside._lastWidth = before + (wanted - before) * FOLLOWS;
    return { start: before, end: inside._lastWidth };
  };
}

/** On an iPad the pad listens to touches, which have their own word for a pen. */
function isPen(event: Event): boolean {
  if ("pointerType" in event) {
    return event.pointerType === "pen";
  }
  const touch = "changedTouches" in event ? (event as TouchEvent).changedTouches[0] : undefined;
  return (touch as (Touch & { touchType?: string }) | undefined)?.touchType === "stylus";
}
