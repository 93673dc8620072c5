// The acts that a participant answers for: signing, approving, rejecting, and the code that says it is they.
import { toast } from "../ui/toast.ts";
import { call, Failure, pageBase } from "./api.ts";
import { refresh } from "./refresh.ts";
import { Signature } from "./signature.ts";
import { words } from "./words.ts";

/** What is missing before the act can be sent: the sentence, and where to go on. */
interface Gap {
  sentence: string;
  focus?: HTMLElement | null;
}

interface Act {
  path: string;
  /** The body to send, or the gap to close first. */
  prepare: (form: HTMLFormElement) => Promise<object | Gap>;
  done: string;
}

function isGap(value: object): value is Gap {
  return "sentence" in value;
}

async function prepareSignature(form: HTMLFormElement): Promise<object | Gap> {
  const pad = form.querySelector<Signature>("rb-signature");
  const value = await pad?.value();
  if (!pad || !value) {
    return { sentence: words("noSignature"), focus: pad?.entry ?? null };
  }
  const consent = form.querySelector<HTMLInputElement>("[name=consent]");
  if (!consent?.checked) {
    return { sentence: words("noConsent"), focus: consent };
  }
  return { ...value, consent: true };
}

async function prepareReason(form: HTMLFormElement): Promise<object | Gap> {
  const field = form.querySelector<HTMLTextAreaElement>("[name=reason]");
  const reason = field?.value.trim();
  return reason ? { reason } : { sentence: words("noReason"), focus: field };
}

async function prepareCode(form: HTMLFormElement): Promise<object | Gap> {
  return { code: form.querySelector<HTMLInputElement>("[name=code]")?.value.trim() ?? "" };
}

const ACTS: Record<string, Act> = {
  sign: { path: "signature", prepare: prepareSignature, done: "signed" },
  approve: { path: "approval", prepare: async () => ({}), done: "approved" },
  reject: { path: "rejection", prepare: prepareReason, done: "rejected" },
  otp: { path: "otp/check", prepare: prepareCode, done: "changed" },
};

function say(form: HTMLFormElement, sentence: string): void {
  const place = form.querySelector("[data-error]");
  if (place) {
    place.textContent = sentence;
  }
}

async function perform(act: Act, form: HTMLFormElement): Promise<void> {
  say(form, "");
  const body = await act.prepare(form);
  if (isGap(body)) {
    say(form, body.sentence);
    body.focus?.focus();
    return;
  }
  const button = form.querySelector("[data-submit]");
  button?.setAttribute("aria-busy", "true");
  try {
    await call("POST", `${pageBase()}/${act.path}`, body);
    form.closest("dialog")?.close();
    toast(words(act.done));
    await refresh();
  } catch (error) {
    say(form, error instanceof Failure ? error.message : words("failed"));
    if (error instanceof Failure && error.isOutdated) {
      await refresh();
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/** A button that waits for files leads to the first of them. */
function leadOn(form: HTMLFormElement): boolean {
  const gate = form.querySelector<HTMLAnchorElement>("[data-submit][aria-disabled=true]") && form.querySelector("#gate a");
  if (gate instanceof HTMLAnchorElement) {
    gate.click();
    return true;
  }
  return false;
}

function submit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const act = ACTS[form.dataset["act"] ?? ""];
  if (!act) {
    return;
  }
  event.preventDefault();
  if (form.querySelector("[data-submit][aria-busy]") || leadOn(form)) {
    return;
  }
  void perform(act, form);
}

async function sendCode(button: Element): Promise<void> {
  try {
    await call("POST", `${pageBase()}/otp`);
    toast(words("codeSent"));
  } catch (error) {
    const form = button.closest("form");
    if (form) {
      say(form, error instanceof Failure ? error.message : words("failed"));
    }
  }
}

export function startActing(): void {
  // In the capturing phase, before the behaviour that ordinary forms share.
  document.addEventListener("submit", submit, { capture: true });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest("[data-send-code]");
    if (button) {
      void sendCode(button);
    }
  });
}
