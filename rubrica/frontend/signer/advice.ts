// What helps to take a better picture, said while the camera runs. Looked at on a picture so small that phones do not notice.

export type Advice = "Dark" | "Bright" | "Still" | "Sharp" | "Good";

const WIDTH = 240;
const HEIGHT = 180;
const MIDDLE = 0.7;
const EVERY_MS = 300;
const DARK = 55; // of 255, on average; below it small print and faces drown in noise
const BRIGHT = 222;
const MOVING = 11; // mean change of a pixel between two looks
const SOFT = 24; // the steepest edges of print that is in focus are steeper than this
const STEEPEST = 0.99;

/** Calls `say` when the advice has changed and stays so for two looks, which keeps screen readers calm. */
export class Adviser {
  private readonly canvas = document.createElement("canvas");
  private before: Float32Array | null = null;
  private timer = 0;
  private last: Advice | null = null;
  private said: Advice | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly wantsPrint: boolean,
    private readonly say: (advice: Advice) => void,
  ) {
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
  }

  start(): void {
    this.stop();
    this.timer = window.setInterval(() => this.look(), EVERY_MS);
  }

  stop(): void {
    window.clearInterval(this.timer);
    this.before = this.last = this.said = null;
  }

  private look(): void {
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    if (!context || !this.video.videoWidth) {
      return;
    }
    const { videoWidth, videoHeight } = this.video;
    // The middle, where the card or the face is: what lies around it says nothing about the picture.
    const width = videoWidth * MIDDLE;
    const height = Math.min(videoHeight * MIDDLE, width);
    const [x, y] = [(videoWidth - width) / 2, (videoHeight - height) / 2];
    context.drawImage(this.video, x, y, width, height, 0, 0, WIDTH, HEIGHT);
    const grey = greyOf(context.getImageData(0, 0, WIDTH, HEIGHT).data);
    const advice = this.adviceOn(grey);
    this.before = grey;
    if (advice === this.last && advice !== this.said) {
      this.said = advice;
      this.say(advice);
    }
    this.last = advice;
  }

  private adviceOn(grey: Float32Array): Advice {
    const light = mean(grey, (value) => value);
    if (light < DARK) {
      return "Dark";
    }
    if (light > BRIGHT) {
      return "Bright";
    }
    const before = this.before;
    if (before && mean(grey, (value, at) => Math.abs(value - before[at]!)) > MOVING) {
      return "Still";
    }
    return this.wantsPrint && steepness(grey) < SOFT ? "Sharp" : "Good";
  }
}

function greyOf(pixels: Uint8ClampedArray): Float32Array {
  const grey = new Float32Array(WIDTH * HEIGHT);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.3 * pixels[4 * at]! + 0.59 * pixels[4 * at + 1]! + 0.11 * pixels[4 * at + 2]!;
  }
  return grey;
}

function steepness(grey: Float32Array): number {
  const edges = grey.map((value, at) => (at % WIDTH === WIDTH - 1 ? 0 : Math.abs(value - grey[at + 1]!)));
  return edges.sort()[Math.floor(edges.length * STEEPEST)]!;
}

function mean(values: Float32Array, of: (value: number, at: number) => number): number {
  return values.reduce((sum, value, at) => sum + of(value, at), 0) / values.length;
}
