// A short silent video of the camera that is open.

const SECONDS = 8;
const BITS_PER_SECOND = 1_500_000; // about 1.5 MB in all: bearable over a phone's line
const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"]; // Safari knows the last one only

export interface Moment {
  /** From 0 to 1. */
  share: number;
  secondsLeft: number;
}

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && KINDS.some((kind) => MediaRecorder.isTypeSupported(kind));
}

/** Records until the time is over. Resolves with null when `stop` aborts, and rejects when the camera breaks off. */
export function record(stream: MediaStream, stop: AbortSignal, onMoment: (moment: Moment) => void): Promise<Blob | null> {
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? "";
  const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: BITS_PER_SECOND });
  const chunks: Blob[] = [];
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const tick = () => {
      const seconds = (performance.now() - begun) / 1000;
      onMoment({ share: Math.min(1, seconds / SECONDS), secondsLeft: Math.max(0, Math.ceil(SECONDS - seconds)) });
      if (seconds >= SECONDS || stop.aborted) {
        end();
      }
    };
    const timer = window.setInterval(tick, 100);
    const end = () => {
      window.clearInterval(timer);
      if (recorder.state !== "inactive") {
        recorder.stop();
      }
    };
    stop.addEventListener("abort", end, { once: true });
    recorder.ondataavailable = (event) => chunks.push(event.data);
    recorder.onstop = () => {
      window.clearInterval(timer);
      resolve(stop.aborted ? null : new Blob(chunks, { type: mimeType.split(";")[0] ?? "" }));
    };
    recorder.onerror = () => {
      end();
      reject(new Error("recording"));
    };
    recorder.start();
    tick();
  });
}
