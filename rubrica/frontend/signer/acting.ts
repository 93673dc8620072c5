// The acts that a participant answers for: signing, approving, rejecting, and agreeing to give pictures or not.
import { toast } from "../ui/toast.ts";
import { call, Failure, pageBase } from "./api.ts";
import { forget } from "./drafts.ts";
import { filledFields } from "./fields.ts";
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
  const filled = await filledFields();
  if (isGap(filled)) {
    return filled;
  }
  const consent = form.querySelector<HTMLInputElement>("[name=consent]");
  if (!consent?.checked) {
    return { sentence: words("noConsent"), focus: consent };
  }
  return { ...value, ...filled, consent: true };
}

async function prepareReason(form: HTMLFormElement): Promise<object | Gap> {
  const field = form.querySelector<HTMLTextAreaElement>("[name=reason]");
  const reason = field?.value.trim();
  return reason ? { reason } : { sentence: words("noReason"), focus: field };
}

async function prepareBiometrics(form: HTMLFormElement): Promise<object | Gap> {
  const tick = form.querySelector<HTMLInputElement>("[name=consent]");
  return tick?.checked ? { consent: true } : { sentence: words("noPictureConsent"), focus: tick };
}

const ACTS: Record<string, Act> = {
  sign: { path: "signature", prepare: prepareSignature, done: "signed" },
  approve: { path: "approval", prepare: async () => ({}), done: "approved" },
  reject: { path: "rejection", prepare: prepareReason, done: "rejected" },
  biometrics: { path: "consent", prepare: prepareBiometrics, done: "" },
  noBiometrics: { path: "consent", prepare: async () => ({ consent: false }), done: "" },
  link: { path: "link", prepare: async () => ({}), done: "" },
  reopening: { path: "reopening", prepare: async () => ({}), done: "" },
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
    await call("POST", form.dataset["to"] ?? `${pageBase()}/${act.path}`, body);
    if (act.done) {
      forget();
    }
    form.closest("dialog")?.close();
    toast(act.done && words(act.done));
    await (tellInPlace(form) || refresh());
  } catch (error) {
    say(form, error instanceof Failure ? error.message : words("failed"));
    if (error instanceof Failure && error.isOutdated) {
      await refresh();
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/** A form that has its answer in it needs no new page. */
function tellInPlace(form: HTMLFormElement): Promise<void> | false {
  const answer = form.querySelector<HTMLElement>("[data-after]");
  if (!answer) {
    return false;
  }
  form.querySelector<HTMLElement>("[data-before]")?.setAttribute("hidden", "");
  answer.hidden = false;
  answer.focus();
  return Promise.resolve();
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

/** Where this code runs it says what is missing, in its own words and place; elsewhere the browser does. */
function sayItHere(event: Event): void {
  const button = (event.target as Element).closest<HTMLButtonElement>("button");
  if (button?.form && ACTS[button.form.dataset["act"] ?? ""]) {
    button.form.noValidate = true;
  }
}

export function startActing(): void {
  // A press of Enter in a field is a click on the form's button, too.
  document.addEventListener("click", sayItHere, { capture: true });
  // In the capturing phase, before the behaviour that ordinary forms share.
  document.addEventListener("submit", submit, { capture: true });
}
