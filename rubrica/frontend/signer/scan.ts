// Papers photographed with the camera: page after page, each looked at before it counts, all of them one file.
import { Adviser } from "./advice.ts";
import { Camera, CameraTrouble } from "./camera.ts";
import { asPdf } from "./pdf.ts";
import { words } from "./words.ts";

type Phase = "opening" | "live" | "review" | "trouble";

const MARGIN = 0.04; // around the frame: nobody holds a phone to the pixel
const LONGEST_SIDE = 3840; // pixels; small print on a whole sheet needs more than a face does

export function canScan(): boolean {
  return Boolean(navigator.mediaDevices?.getUserMedia) && dialog() !== null;
}

/** Opens the camera for the papers of this name. Gives a JPEG of one page, a PDF of several, null of none. */
export function scan(name: string): Promise<File | null> {
  return new Scan(dialog()!, name).run();
}

function dialog(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("#scan");
}

class Scan {
  private readonly camera: Camera;
  private readonly adviser: Adviser;
  private readonly pages: Blob[] = [];
  private readonly over = new AbortController();
  private taken: Blob | null = null;
  private wanted = false;

  constructor(
    private readonly dialog: HTMLDialogElement,
    private readonly name: string,
  ) {
    const video = dialog.querySelector<HTMLVideoElement>("[data-live]")!;
    this.camera = new Camera(video, "environment", LONGEST_SIDE);
    this.adviser = new Adviser(video, true, (advice) => {
      dialog.classList.toggle("is-good", advice === "Good");
      this.put("[data-hint]", words(`hint${advice}`));
    });
  }

  async run(): Promise<File | null> {
    this.on("[data-shutter]", () => void this.shoot());
    this.on("[data-again]", () => void this.open());
    this.on("[data-more]", () => void this.more());
    this.on("[data-use]", () => this.use());
    this.on("[data-turn]", () => void this.trying(() => this.camera.turn()));
    this.on("[data-shut]", () => this.dialog.close());
    this.put("[data-scan-name]", this.name);
    this.count();
    const closed = new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
    this.dialog.showModal();
    void this.open();
    await closed;
    this.over.abort();
    this.adviser.stop();
    this.camera.close();
    return this.wanted ? this.file() : null;
  }

  private async file(): Promise<File | null> {
    const [first, ...others] = this.pages;
    if (!first) {
      return null;
    }
    const name = this.name.replace(/[/\\]/g, "-");
    return others.length
      ? new File([await asPdf(this.pages)], `${name}.pdf`, { type: "application/pdf" })
      : new File([first], `${name}.jpg`, { type: "image/jpeg" });
  }

  private open(): Promise<void> {
    this.taken = null;
    this.phase("opening");
    return this.trying(() => this.camera.open());
  }

  private async trying(open: () => Promise<void>): Promise<void> {
    this.adviser.stop();
    try {
      await open();
    } catch (error) {
      this.put("[data-trouble]", words(`camera${error instanceof CameraTrouble ? error.trouble : "Missing"}`));
      this.phase("trouble");
      return;
    }
    if (!this.dialog.open) {
      this.camera.close(); // closed while the browser was still asking for permission
      return;
    }
    this.dialog.querySelector<HTMLElement>("[data-turn]")!.hidden = !(await this.camera.hasOthers());
    this.phase("live");
    this.adviser.start();
    this.dialog.querySelector<HTMLElement>("[data-shutter]")!.focus();
  }

  private async shoot(): Promise<void> {
    if (this.dialog.dataset["phase"] !== "live") {
      return;
    }
    this.adviser.stop();
    this.taken = await this.camera.take(this.dialog.querySelector("[data-frame]")!, MARGIN);
    if (!this.taken) {
      this.adviser.start();
      return;
    }
    this.camera.close();
    const image = this.dialog.querySelector<HTMLImageElement>("[data-review-image]")!;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(this.taken);
    this.phase("review");
    this.count();
    this.dialog.querySelector<HTMLElement>("[data-use]")!.focus();
  }

  private more(): Promise<void> {
    this.settle();
    return this.open();
  }

  private use(): void {
    this.settle();
    this.wanted = this.pages.length > 0;
    this.dialog.close();
  }

  /** The page that was looked at counts from now on. */
  private settle(): void {
    if (this.taken) {
      this.pages.push(this.taken);
      this.taken = null;
    }
    this.count();
  }

  private count(): void {
    const number = this.pages.length + 1;
    this.put("[data-scan-count]", number > 1 ? words("pageNumber", { number: String(number) }) : "");
  }

  private phase(phase: Phase): void {
    this.dialog.dataset["phase"] = phase;
    this.dialog.classList.remove("is-good");
    this.put("[data-hint]", "");
    for (const region of this.dialog.querySelectorAll<HTMLElement>("[data-phases]")) {
      region.hidden = !region.dataset["phases"]!.split(" ").includes(phase);
    }
  }

  private on(selector: string, action: () => void): void {
    for (const button of this.dialog.querySelectorAll(selector)) {
      button.addEventListener("click", action, { signal: this.over.signal });
    }
  }

  private put(selector: string, text: string): void {
    const element = this.dialog.querySelector(selector);
    if (element && element.textContent !== text) {
      element.textContent = text;
    }
  }
}
