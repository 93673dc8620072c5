import { toast } from "../ui/toast.ts";
import { call, Failure } from "./api.ts";
import { refresh } from "./refresh.ts";
import { lightened } from "./camera.ts";
import { asPdf } from "./pdf.ts";
import { canScan, scan } from "./scan.ts";
import { type Upload, enduring, isFailure } from "./upload.ts";
import { bytes, words } from "./words.ts";

type Phase = "idle" | "sending" | "failed";

/** One requested file: choose, drop or photograph it, watch it go, and start again where it fails. */
class Slot extends HTMLElement {
  private file: File | null = null;
  private running: Upload | null = null;

  connectedCallback(): void {
    for (const input of this.querySelectorAll<HTMLInputElement>("[data-choose]")) {
      input.addEventListener("change", () => {
        void this.take([...(input.files ?? [])]);
        input.value = ""; // Choosing the same file again must count as choosing.
      });
    }
    this.on("[data-cancel]", () => this.running?.cancel());
    this.on("[data-retry]", () => void this.send());
    this.on("[data-withdraw]", () => void this.withdraw());
    this.on("[data-scan]", () => void this.photograph());
    // The page's own camera shows an edge to hold the paper to; where there is none, the telephone's own is opened.
    this.querySelector("[data-scan]")?.toggleAttribute("hidden", !canScan());
    this.querySelector("[data-native-camera]")?.toggleAttribute("hidden", canScan());
    if (this.querySelector("[data-choose]")) {
      this.acceptDrops();
    }
  }

  private on(selector: string, action: () => void): void {
    this.querySelector(selector)?.addEventListener("click", action);
  }

  private acceptDrops(): void {
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.classList.add("is-over");
    });
    this.addEventListener("dragleave", (event) => {
      if (!this.contains(event.relatedTarget as Node | null)) {
        this.classList.remove("is-over");
      }
    });
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.classList.remove("is-over");
      void this.take([...(event.dataTransfer?.files ?? [])]);
    });
  }

  private async photograph(): Promise<void> {
    const file = await scan(this.label);
    if (file) {
      await this.take([file]);
    }
  }

  /** Several pictures are the pages of one paper; of other files one goes here. */
  private async take(files: File[]): Promise<void> {
    if (this.running) {
      return;
    }
    const file = files.length > 1 ? await this.oneOf(files) : files[0];
    if (!file || this.running) {
      return;
    }
    const objection = this.objectionTo(file);
    if (objection) {
      this.fail(objection, false);
      return;
    }
    this.file = file;
    void this.send();
  }

  private async oneOf(files: File[]): Promise<File | undefined> {
    const pictures = await Promise.all(files.map((file) => (file.type.startsWith("image/") ? lightened(file) : file)));
    if (pictures.some((picture) => picture.type !== "image/jpeg")) {
      toast(words("oneFile"));
      return files[0];
    }
    const pdf = await asPdf(pictures).catch(() => null);
    if (!pdf) {
      this.fail(words("unreadable"), false);
      return undefined;
    }
    toast(words("onePdf", { count: String(files.length) }));
    return new File([pdf], `${this.label}.pdf`, { type: "application/pdf" });
  }

  /** What is known to be refused is said before a byte is sent. */
  private objectionTo(file: File): string {
    const limit = Number(this.dataset["max"]);
    const name = file.name;
    if (file.size === 0) {
      return words("emptyFile", { name });
    }
    if (limit && file.size > limit) {
      return words("tooLarge", { name, size: bytes(file.size), limit: bytes(limit) });
    }
    const endings = this.dataset["endings"]?.split(",") ?? [];
    const ending = /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? "";
    if (endings.length && ending && !endings.includes(ending)) {
      return words("wrongType", { name });
    }
    return "";
  }

  private async send(): Promise<void> {
    const file = this.file;
    if (!file) {
      return;
    }
    this.show("sending");
    this.put("[data-file-name]", file.name);
    this.progress(0, file.size);
    this.querySelector<HTMLElement>("[data-cancel]")?.focus({ preventScroll: true });
    this.running = enduring(this.dataset["url"] ?? "", file, (sent, waiting) => this.progress(sent, file.size, waiting));
    try {
      await this.running.done;
      toast(words("received", { name: this.label }));
      await this.finish();
    } catch (error) {
      this.stop(error);
    }
  }

  private stop(error: unknown): void {
    this.running = null;
    if (!isFailure(error)) {
      this.file = null;
      this.show("idle");
      toast(words("cancelled"));
      this.querySelector<HTMLElement>("[data-choose]")?.focus({ preventScroll: true });
      return;
    }
    // Trying the same bytes again helps against a lost connection, not against a refusal.
    this.fail(error.message, error.isPassing);
    if (error.isOutdated) {
      void refresh();
    }
  }

  private async finish(): Promise<void> {
    this.running = null;
    this.file = null;
    const focused = this.contains(document.activeElement);
    this.show("idle");
    await refresh();
    if (focused && document.activeElement === document.body) {
      document.querySelector<HTMLElement>(`[data-part="${this.dataset["part"]}"] [tabindex]`)?.focus();
    }
  }

  private async withdraw(): Promise<void> {
    const button = this.querySelector("[data-withdraw]");
    button?.setAttribute("aria-busy", "true");
    try {
      await call("DELETE", this.dataset["url"] ?? "");
      toast(words("withdrawn", { name: this.label }));
      await this.finish();
    } catch (error) {
      button?.removeAttribute("aria-busy");
      toast(error instanceof Failure ? error.message : words("failed"));
    }
  }

  private get label(): string {
    return this.dataset["name"]?.trim() ?? "";
  }

  private progress(sent: number, total: number, waiting = false): void {
    const bar = this.querySelector<HTMLProgressElement>("[data-progress]");
    const whole = total > 0 && sent >= total;
    if (bar) {
      bar.max = Math.max(total, 1);
      bar.value = Math.min(sent, total);
    }
    const text = whole ? words("checking") : words("bytes", { sent: bytes(sent), total: bytes(total) });
    this.put("[data-bytes]", waiting ? words("waitingLine") : text);
  }

  private fail(sentence: string, again: boolean): void {
    this.show("failed");
    this.put("[data-failure]", sentence);
    const retry = this.querySelector<HTMLElement>("[data-retry]");
    if (retry) {
      retry.hidden = !again;
    }
    this.querySelector<HTMLElement>("[data-when=failed] :is([data-retry]:not([hidden]), input)")?.focus();
  }

  private put(selector: string, text: string): void {
    const element = this.querySelector(selector);
    if (element) {
      element.textContent = text;
    }
  }

  private show(phase: Phase): void {
    this.toggleAttribute("data-busy", phase === "sending"); // the page must not be exchanged as a whole
    this.toggleAttribute("data-keep", phase !== "idle"); // nor this part of it
    for (const region of this.querySelectorAll<HTMLElement>("[data-when]")) {
      region.hidden = region.dataset["when"] !== phase;
    }
  }
}

export function defineSlot(): void {
  customElements.define("rb-slot", Slot);
}
