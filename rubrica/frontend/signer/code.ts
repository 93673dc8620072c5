// The one-time code: typed, pasted, or put in by the phone; sent by itself when it is complete; asked for again.
import { toast } from "../ui/toast.ts";
import { call, Failure, pageBase } from "./api.ts";
import { refresh } from "./refresh.ts";
import { words } from "./words.ts";

const SECOND = 1000;

class Code extends HTMLElement {
  private timer = 0;
  private busy = false;

  connectedCallback(): void {
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.check();
    });
    this.input?.addEventListener("input", () => this.typed());
    this.querySelector("[data-send-code]")?.addEventListener("click", () => void this.ask());
    this.wait(Number(this.dataset["wait"]) || 0);
    this.watchExpiry();
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
  }

  private get form(): HTMLFormElement | null {
    return this.querySelector("form");
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector("[name=code]");
  }

  private get sender(): HTMLElement | null {
    return this.querySelector("[data-send-code]");
  }

  private get digits(): number {
    return Number(this.dataset["digits"]) || 6;
  }

  /** People paste "123 456" or the whole sentence; what counts is its digits. */
  private typed(): void {
    const input = this.input!;
    const digits = input.value.replace(/\D/g, "").slice(0, this.digits);
    if (input.value !== digits) {
      input.value = digits;
    }
    this.say("");
    if (digits.length === this.digits) {
      void this.check();
    }
  }

  private async check(): Promise<void> {
    const input = this.input;
    if (!input || this.busy) {
      return;
    }
    if (input.value.length < this.digits) {
      this.say(words("codeShort"));
      input.focus();
      return;
    }
    this.working(true);
    try {
      await call("POST", `${pageBase()}/otp/check`, { code: input.value });
      toast(words("codeRight"));
      await refresh();
    } catch (error) {
      this.refused(error);
    } finally {
      this.working(false);
    }
  }

  private refused(error: unknown): void {
    const input = this.input!;
    input.value = "";
    this.say(error instanceof Failure ? error.sentence : words("failed"));
    input.focus();
    if (error instanceof Failure && error.isOutdated) {
      void refresh();
    }
  }

  /** Asks for a code. The page that comes back has the field for it. */
  private async ask(): Promise<void> {
    const button = this.sender;
    if (!button || this.busy || button.getAttribute("aria-disabled") === "true") {
      return;
    }
    this.working(true);
    try {
      await call("POST", `${pageBase()}/otp`);
      toast(words("codeSent"));
      await refresh();
      const field = document.querySelector<HTMLElement>("rb-code [name=code]");
      field?.focus({ preventScroll: true });
      field?.scrollIntoView({ block: "center", behavior: "smooth" });
    } catch (error) {
      this.say(error instanceof Failure ? error.message : words("failed"));
      if (error instanceof Failure && error.retryAfter) {
        this.wait(error.retryAfter);
      } else if (error instanceof Failure && error.isOutdated) {
        void refresh();
      }
    } finally {
      this.working(false);
    }
  }

  private working(busy: boolean): void {
    this.busy = busy;
    const button = this.querySelector("[data-submit]") ?? this.sender;
    if (busy) {
      button?.setAttribute("aria-busy", "true");
    } else {
      button?.removeAttribute("aria-busy");
    }
  }

  /** Counts down on the button until another code may be asked for. */
  private wait(seconds: number): void {
    window.clearInterval(this.timer);
    const label = this.querySelector("[data-send-label]");
    if (!label || seconds <= 0) {
      return;
    }
    const free = label.textContent;
    const until = Date.now() + seconds * SECOND;
    const show = () => {
      const left = Math.max(0, Math.ceil((until - Date.now()) / SECOND));
      this.sender?.setAttribute("aria-disabled", String(left > 0));
      label.textContent = left ? words("codeWait", { time: clock(left) }) : free;
      if (!left) {
        window.clearInterval(this.timer);
      }
    };
    this.timer = window.setInterval(show, SECOND);
    show();
  }

  /** A code that is no longer good is said before somebody types it. */
  private watchExpiry(): void {
    const end = Date.parse(this.dataset["expires"] ?? "");
    if (!Number.isNaN(end)) {
      window.setTimeout(() => this.isConnected && this.say(words("codeExpired")), Math.max(0, end - Date.now()));
    }
  }

  private say(sentence: string): void {
    const place = this.querySelector("[data-error]");
    if (place) {
      place.textContent = sentence;
    }
    this.input?.setAttribute("aria-invalid", String(Boolean(sentence)));
  }
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function defineCode(): void {
  customElements.define("rb-code", Code);
}
