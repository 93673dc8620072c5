import { toast } from "../ui/toast.ts";
import { Adviser, type Advice } from "./advice.ts";
import { Camera, CameraTrouble, type Facing, lightened } from "./camera.ts";
import { canRecord, record } from "./recorder.ts";
import { refresh } from "./refresh.ts";
import { type Upload, isFailure, upload } from "./upload.ts";
import { bytes, words } from "./words.ts";

type Region = "idle" | "sending" | "failed";
type Phase = "opening" | "live" | "recording" | "review" | "trouble";

const CARD_MARGIN = 0.08; // around the frame: nobody holds a card to the pixel
const LOST_TRY = "FACES_DIFFER"; // counted, so the page that comes back says it, beside the pictures that it concerns
const TURNS = ["Ahead", "Left", "Right", "Ahead"] as const; // where to look while the video runs

/** A picture or a short video for one check: taken with the camera or chosen, looked at, sent, or taken again. */
class Capture extends HTMLElement {
  private camera: Camera | null = null;
  private adviser: Adviser | null = null;
  private recording: AbortController | null = null;
  private running: Upload | null = null;
  private taken: Blob | null = null;

  connectedCallback(): void {
    this.on("[data-open-camera]", () => void this.openCamera());
    this.on("[data-shutter]", () => void this.shoot());
    this.on("[data-again]", () => void this.again());
    this.on("[data-use]", () => this.use());
    this.on("[data-turn]", () => void this.turn());
    this.on("[data-shut]", () => this.dialog?.close());
    this.on("[data-cancel]", () => this.running?.cancel());
    this.on("[data-retry]", () => this.send());
    for (const input of this.querySelectorAll<HTMLInputElement>("[data-choose]")) {
      input.addEventListener("change", () => {
        void this.choose(input.files?.[0]);
        input.value = ""; // Choosing the same file again must count as choosing.
      });
    }
    this.dialog?.addEventListener("close", () => this.closeCamera());
  }

  disconnectedCallback(): void {
    this.closeCamera();
  }

  private on(selector: string, action: () => void): void {
    for (const button of this.querySelectorAll(selector)) {
      button.addEventListener("click", action);
    }
  }

  private get dialog(): HTMLDialogElement | null {
    return this.querySelector("dialog");
  }

  private get isVideo(): boolean {
    return this.dataset["kind"] === "video";
  }

  private get isCard(): boolean {
    return this.dataset["shape"] === "card";
  }

  private async openCamera(): Promise<void> {
    this.phase("opening");
    if (!this.dialog?.open) {
      this.dialog?.showModal();
    }
    const video = this.querySelector<HTMLVideoElement>("[data-live]")!;
    this.camera ??= new Camera(video, (this.dataset["facing"] ?? "user") as Facing);
    await this.trying(() => this.camera!.open());
  }

  private turn(): Promise<void> {
    return this.trying(() => this.camera!.turn());
  }

  /** Runs what opens the camera, and says what to do where it does not open. */
  private async trying(open: () => Promise<void>): Promise<void> {
    this.adviser?.stop();
    try {
      await open();
    } catch (error) {
      this.put("[data-trouble]", words(`camera${error instanceof CameraTrouble ? error.trouble : "Missing"}`));
      this.phase("trouble");
      return;
    }
    if (!this.dialog?.open) {
      this.camera?.close(); // closed while the browser was still asking for permission
      return;
    }
    this.camera!.video.classList.toggle("is-mirrored", this.camera!.looksAtUser && !this.isCard);
    this.querySelector<HTMLElement>("[data-turn]")!.hidden = !(await this.camera!.hasOthers());
    this.live();
  }

  private live(): void {
    this.put("[data-hint]", "");
    this.phase("live");
    this.adviser ??= new Adviser(this.camera!.video, this.isCard, (advice) => this.advise(advice));
    this.adviser.start();
    this.querySelector<HTMLElement>("[data-shutter]")?.focus();
  }

  private advise(advice: Advice): void {
    this.dialog?.classList.toggle("is-good", advice === "Good");
    this.put("[data-hint]", words(`hint${advice}`));
  }

  private async shoot(): Promise<void> {
    const camera = this.camera;
    if (!camera || this.dataset["phase"] !== "live") {
      return;
    }
    this.adviser?.stop();
    const frame = this.querySelector(this.isCard ? "[data-frame]" : "[data-stage]")!;
    const blob = this.isVideo ? await this.film(camera) : await camera.take(frame, this.isCard ? CARD_MARGIN : 0);
    if (blob?.size && this.dialog?.open) {
      this.review(blob);
    } else if (this.dialog?.open) {
      this.live();
    }
  }

  private async film(camera: Camera): Promise<Blob | null> {
    this.recording = new AbortController();
    this.phase("recording");
    const bar = this.querySelector<HTMLProgressElement>("[data-recorded]");
    let said = "";
    return record(camera.source!, this.recording.signal, ({ share, secondsLeft }) => {
      const turn = TURNS[Math.min(TURNS.length - 1, Math.floor(share * TURNS.length))]!;
      if (turn !== said) {
        said = turn;
        this.put("[data-hint]", words(`look${turn}`));
      }
      if (bar) {
        bar.value = share;
      }
      this.put("[data-seconds]", String(secondsLeft));
    }).catch(() => null);
  }

  private review(blob: Blob): void {
    this.taken = blob;
    this.camera?.close();
    const name = this.isVideo ? "[data-review-video]" : "[data-review-image]";
    const shown = this.querySelector<HTMLImageElement | HTMLVideoElement>(name)!;
    URL.revokeObjectURL(shown.src);
    shown.src = URL.createObjectURL(blob);
    shown.hidden = false;
    this.put("[data-hint]", "");
    this.phase("review");
    if (!this.dialog?.open) {
      this.dialog?.showModal();
    }
    this.querySelector<HTMLElement>("[data-use]")?.focus();
  }

  private async again(): Promise<void> {
    this.taken = null;
    await this.openCamera();
  }

  private use(): void {
    this.dialog?.close();
    this.send();
  }

  private closeCamera(): void {
    this.recording?.abort();
    this.adviser?.stop();
    this.camera?.close();
    this.dialog?.classList.remove("is-good");
  }

  private async choose(file: File | undefined): Promise<void> {
    if (!file || this.running) {
      return;
    }
    const limit = Number(this.dataset["max"]);
    if (!file.size || (limit && file.size > limit)) {
      const values = { name: file.name, size: bytes(file.size), limit: bytes(limit) };
      this.fail(words(file.size ? "tooLarge" : "emptyFile", values), false);
      return;
    }
    if (this.isVideo || !file.type.startsWith("image/")) {
      this.taken = file;
      this.send(); // The server judges what it is; a video is too much to show again on every phone.
      return;
    }
    this.closeCamera();
    const picture = await lightened(file);
    if (picture === file) {
      this.taken = file;
      this.send(); // This browser cannot show it; the server may be able to read it.
    } else {
      this.review(picture);
    }
  }

  private send(): void {
    const taken = this.taken;
    if (!taken) {
      return;
    }
    const kind = this.dataset["kind"] ?? "";
    const name = taken instanceof File ? taken.name : `${kind}.${taken.type.split("/")[1] ?? "jpeg"}`;
    const file = taken instanceof File ? taken : new File([taken], name, { type: taken.type });
    this.show("sending");
    this.progress(0, file.size);
    this.querySelector<HTMLElement>("[data-cancel]")?.focus({ preventScroll: true });
    this.running = upload(this.dataset["url"] ?? "", file, (sent) => this.progress(sent, file.size));
    this.running.done.then(() => this.finish(), (error: unknown) => this.stop(error));
  }

  private async finish(): Promise<void> {
    this.running = this.taken = null;
    toast(words("captured", { name: this.dataset["name"]?.trim() ?? "" }));
    await this.drawAgain();
  }

  private async drawAgain(): Promise<void> {
    this.removeAttribute("data-busy");
    this.place?.removeAttribute("data-keep");
    await refresh();
    document.querySelector(".check-card--open")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  private stop(error: unknown): void {
    this.running = null;
    if (!isFailure(error)) {
      this.show("idle");
      toast(words("cancelled"));
      this.querySelector<HTMLElement>("[data-open-camera]")?.focus({ preventScroll: true });
      return;
    }
    if (error.isOutdated || error.code === LOST_TRY) {
      this.taken = null;
      void this.drawAgain();
      return;
    }
    // The same bytes again help against a lost connection, not against a refusal.
    this.fail(error.sentence, error.status === 0 || error.status >= 500);
  }

  private fail(sentence: string, again: boolean): void {
    this.show("failed");
    this.put("[data-failure]", sentence);
    this.querySelector<HTMLElement>("[data-retry]")!.hidden = !again;
    this.querySelector<HTMLElement>("[data-when=failed] :is([data-retry]:not([hidden]), [data-open-camera])")?.focus();
  }

  private progress(sent: number, total: number): void {
    const bar = this.querySelector<HTMLProgressElement>("[data-progress]");
    if (bar) {
      bar.max = Math.max(total, 1);
      bar.value = Math.min(sent, total);
    }
    const whole = total > 0 && sent >= total;
    const text = whole ? words("checkingPicture") : words("bytes", { sent: bytes(sent), total: bytes(total) });
    this.put("[data-bytes]", text);
  }

  private put(selector: string, text: string): void {
    const element = this.querySelector(selector);
    if (element && element.textContent !== text) {
      element.textContent = text;
    }
  }

  /** What the dialog with the camera shows. */
  private phase(phase: Phase): void {
    this.dataset["phase"] = phase;
    for (const region of this.querySelectorAll<HTMLElement>("[data-phases]")) {
      region.hidden = !region.dataset["phases"]!.split(" ").includes(phase);
    }
    const cannotFilm = this.isVideo && !canRecord();
    this.querySelector<HTMLElement>("[data-shutter]")?.toggleAttribute("disabled", cannotFilm);
  }

  /** What the card on the page shows. */
  private show(region: Region): void {
    this.toggleAttribute("data-busy", region === "sending");
    this.place?.toggleAttribute("data-keep", region !== "idle");
    for (const element of this.querySelectorAll<HTMLElement>("[data-when]")) {
      element.hidden = element.dataset["when"] !== region;
    }
  }

  /** The part of the page that this stands in; it must not be exchanged while something is being sent. */
  private get place(): HTMLElement | null {
    return this.closest("[data-part]");
  }
}

export function defineCapture(): void {
  customElements.define("rb-capture", Capture);
}
