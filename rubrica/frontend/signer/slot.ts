import { toast } from "../ui/toast.ts";
import { call, Failure } from "./api.ts";
import { refresh } from "./refresh.ts";
import { type Upload, isFailure, upload } from "./upload.ts";
import { bytes, words } from "./words.ts";

type Phase = "idle" | "sending" | "failed";

/** One requested file: choose, drop or photograph it, watch it go, and start again where it fails. */
class Slot extends HTMLElement {
  private file: File | null = null;
  private running: Upload | null = null;

  connectedCallback(): void {
    for (const input of this.querySelectorAll<HTMLInputElement>("[data-choose]")) {
      input.addEventListener("change", () => {
        this.take(input.files);
        input.value = ""; // Choosing the same file again must count as choosing.
      });
    }
    this.on("[data-cancel]", () => this.running?.cancel());
    this.on("[data-retry]", () => void this.send());
    this.on("[data-withdraw]", () => void this.withdraw());
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
      this.take(event.dataTransfer?.files ?? null);
    });
  }

  private take(files: FileList | null): void {
    const file = files?.[0];
    if (!file || this.running) {
      return;
    }
    if (files.length > 1) {
      toast(words("oneFile"));
    }
    const objection = this.objectionTo(file);
    if (objection) {
      this.fail(objection, false);
      return;
    }
    this.file = file;
    void this.send();
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
    this.running = upload(this.dataset["url"] ?? "", file, (sent) => this.progress(sent, file.size));
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
    this.fail(error.message, error.status === 0 || error.status >= 500);
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

  private progress(sent: number, total: number): void {
    const bar = this.querySelector<HTMLProgressElement>("[data-progress]");
    const whole = total > 0 && sent >= total;
    if (bar) {
      bar.max = Math.max(total, 1);
      bar.value = Math.min(sent, total);
    }
    this.put("[data-bytes]", whole ? words("checking") : words("bytes", { sent: bytes(sent), total: bytes(total) }));
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
