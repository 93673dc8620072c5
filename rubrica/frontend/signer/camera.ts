// One camera of the device, shown in a <video>. What is taken is what was seen: parts that the page cuts off are not sent.

export type Facing = "user" | "environment";

/** Why there is no picture from the camera, as the names of the page's sentences go on from "camera". */
export type Trouble = "Denied" | "Missing" | "Busy" | "Insecure";

export class CameraTrouble extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
  }
}

const TROUBLE_OF: Record<string, Trouble> = {
  NotAllowedError: "Denied",
  SecurityError: "Denied",
  NotFoundError: "Missing",
  OverconstrainedError: "Missing",
  NotReadableError: "Busy",
  AbortError: "Busy",
};
const QUALITY = 0.92; // JPEG: small print on a card stays readable
const LONGEST_SIDE = 2400; // pixels; more shows nothing more of a card and takes longer to send
const ENOUGH = { width: 800, height: 600 }; // pixels; what is cut out of a poor camera's picture must still be readable

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class Camera {
  private stream: MediaStream | null = null;
  private device = "";

  constructor(
    readonly video: HTMLVideoElement,
    private facing: Facing,
    private readonly longest = 1920, // pixels that are asked for; a camera gives what it has
  ) {}

  /** Asks for permission where it was not given yet. Throws CameraTrouble. */
  async open(): Promise<void> {
    const size = { width: { ideal: this.longest }, height: { ideal: (this.longest * 9) / 16 } };
    await this.show(this.device ? { deviceId: { exact: this.device }, ...size } : { facingMode: this.facing, ...size });
  }

  close(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  get source(): MediaStream | null {
    return this.stream;
  }

  /** Faces are shown as in a mirror, because people move that way; what is sent is not turned round. */
  get looksAtUser(): boolean {
    return (this.settings?.facingMode ?? this.facing) === "user";
  }

  async hasOthers(): Promise<boolean> {
    return (await cameras()).length > 1;
  }

  /** The other side of a phone; at a desk, where cameras have no side, the next one. */
  async turn(): Promise<void> {
    if (this.settings?.facingMode) {
      this.facing = this.looksAtUser ? "environment" : "user";
      this.device = "";
    } else {
      const devices = await cameras();
      const now = devices.findIndex((device) => device.deviceId === this.settings?.deviceId);
      this.device = devices[(now + 1) % devices.length]?.deviceId ?? "";
    }
    await this.open();
  }

  /** The part of the picture that lies under `element`, and `margin` of its size around it, as JPEG. */
  async take(element: Element, margin = 0): Promise<Blob | null> {
    const part = this.partUnder(element, margin);
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, LONGEST_SIDE / Math.max(part.width, part.height));
    canvas.width = Math.max(1, Math.round(part.width * scale));
    canvas.height = Math.max(1, Math.round(part.height * scale));
    const { x, y, width, height } = part;
    canvas.getContext("2d")?.drawImage(this.video, x, y, width, height, 0, 0, canvas.width, canvas.height);
    return asJpeg(canvas);
  }

  /** From pixels of the page to those of the camera, whose picture covers its box and is cut off evenly (object-fit: cover). */
  private partUnder(element: Element, margin: number): Box {
    const { videoWidth, videoHeight } = this.video;
    const shown = this.video.getBoundingClientRect();
    const wanted = element.getBoundingClientRect();
    const scale = Math.max(shown.width / videoWidth, shown.height / videoHeight) || 1;
    const width = Math.min(videoWidth, Math.max(ENOUGH.width, (wanted.width * (1 + 2 * margin)) / scale));
    const height = Math.min(videoHeight, Math.max(ENOUGH.height, (wanted.height * (1 + 2 * margin)) / scale));
    const middle = { x: wanted.left + wanted.width / 2 - shown.left, y: wanted.top + wanted.height / 2 - shown.top };
    const x = (middle.x - shown.width / 2) / scale + (videoWidth - width) / 2;
    const y = (middle.y - shown.height / 2) / scale + (videoHeight - height) / 2;
    return { x: clamp(x, 0, videoWidth - width), y: clamp(y, 0, videoHeight - height), width, height };
  }

  private get settings(): MediaTrackSettings | undefined {
    return this.stream?.getVideoTracks()[0]?.getSettings();
  }

  private async show(video: MediaTrackConstraints): Promise<void> {
    this.close(); // iPhones give one camera at a time.
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new CameraTrouble("Insecure");
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.close();
      throw new CameraTrouble(TROUBLE_OF[(error as DOMException).name] ?? "Missing");
    }
  }
}

async function cameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput");
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

export function asJpeg(canvas: HTMLCanvasElement): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** A chosen picture, upright and no larger than needed; one that the browser cannot read goes as it is. */
export async function lightened(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) {
    return file;
  }
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return (await asJpeg(canvas)) ?? file;
}
