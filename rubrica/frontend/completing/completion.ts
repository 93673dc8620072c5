// Keeps answers as they are typed, shows what is wrong with one once it has been left, and asks what there is to ask.

interface Judged {
  asked: string[];
  faults: Record<string, string>;
}

const PAUSE_MS = 700; // after the last key
const AGAIN_MS = 4000; // after a lost connection
const LAST = "completing-last"; // what was typed when the page was left
const HEADERS = { "X-Requested-With": "rubrica" };

class Completion extends HTMLElement {
  private timer = 0;
  private saving = Promise.resolve();
  private readonly left = new Set<string>();
  private readonly changed = new Set<string>();

  connectedCallback(): void {
    const form = this.form;
    form.addEventListener("input", (event) => this.note(event, PAUSE_MS));
    form.addEventListener("change", (event) => this.note(event, 0));
    form.addEventListener("focusout", (event) => this.leave(event));
    this.addEventListener("click", (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>("[data-lookup]");
      if (button) {
        void this.lookUp(button);
      }
    });
    window.addEventListener("pagehide", () => this.changed.size && this.sendLast());
    this.restoreLast();
  }

  private get form(): HTMLFormElement {
    return this.querySelector<HTMLFormElement>("form[data-answers]")!;
  }

  private get base(): string {
    return document.getElementById("main")?.dataset["base"] ?? "";
  }

  private note(event: Event, wait: number): void {
    const name = nameOf(event.target);
    if (!name) {
      return;
    }
    this.changed.add(name);
    if (event.type === "change") {
      this.left.add(name);
    }
    this.say("saving");
    this.plan(wait);
  }

  /** A mistake is told when somebody goes on to the next question, not while they write. */
  private leave(event: FocusEvent): void {
    const name = nameOf(event.target);
    const inside = (event.relatedTarget as Element | null)?.closest("[data-question]");
    if (name && inside?.getAttribute("data-question") !== name) {
      this.left.add(name);
      if (this.changed.size) {
        this.plan(0);
      }
    }
  }

  private plan(wait: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.saving = this.saving.then(() => this.save());
    }, wait);
  }

  private async save(): Promise<void> {
    if (this.changed.size === 0) {
      return;
    }
    const names = [...this.changed];
    this.changed.clear();
    this.say("saving");
    try {
      const response = await fetch(`${this.base}/answers`, { method: "POST", headers: HEADERS, body: this.data(names) });
      if (response.status === 409) {
        window.location.reload();
        return;
      }
      if (!response.ok) {
        throw new Error(String(response.status));
      }
      this.show((await response.json()) as Judged);
      this.say("saved");
    } catch {
      names.forEach((name) => this.changed.add(name));
      this.say("lost");
      this.plan(AGAIN_MS);
    }
  }

  /** Only what has changed: a picture need not travel with every word. */
  private data(names: string[]): FormData {
    const all = new FormData(this.form);
    const some = new FormData();
    for (const [key, value] of all) {
      if (names.some((name) => belongs(key, name))) {
        some.append(key, value);
      }
    }
    return some;
  }

  /** What was typed in the last moment goes on its way, and waits here too: a reload may be quicker. */
  private sendLast(): void {
    const data = this.data([...this.changed]);
    navigator.sendBeacon(`${this.base}/answers`, data);
    const texts = [...data].filter(([key, value]) => typeof value === "string" && !key.endsWith("-drawn"));
    sessionStorage.setItem(LAST, JSON.stringify([this.base, texts]));
  }

  private restoreLast(): void {
    const kept = sessionStorage.getItem(LAST);
    sessionStorage.removeItem(LAST);
    const [base, texts] = (kept ? JSON.parse(kept) : ["", []]) as [string, [string, string][]];
    if (base !== this.base) {
      return;
    }
    for (const [key, value] of texts) {
      const fields = [...this.form.querySelectorAll<HTMLInputElement>(`[name="${CSS.escape(key)}"]`)];
      fields.forEach((field) => ["radio", "checkbox"].includes(field.type)
        ? (field.checked ||= field.value === value)
        : (field.value = value));
      const name = nameOf(fields[0] ?? null);
      if (name) {
        this.changed.add(name);
      }
    }
    this.plan(0);
  }

  private show(judged: Judged): void {
    for (const element of this.querySelectorAll<HTMLElement>("[data-question]")) {
      const name = element.dataset["question"] ?? "";
      element.hidden = !judged.asked.includes(name);
      this.tell(element, this.left.has(name) ? (judged.faults[name] ?? "") : "");
    }
    const shown = this.form.elements.namedItem("shown") as HTMLInputElement;
    shown.value = judged.asked.join(" ");
    // The frame may not be looked into, so it is loaded anew.
    const frame = document.querySelector<HTMLIFrameElement>("[data-preview]");
    if (frame && frame.offsetParent !== null) {
      frame.src = `${this.base}/preview`;
    }
  }

  private tell(question: Element, sentence: string): void {
    const error = question.querySelector("[data-error]");
    if (error && error.textContent !== sentence) {
      error.textContent = sentence;
    }
    for (const input of question.querySelectorAll("input:not([type=radio], [type=checkbox], [type=hidden]), select, textarea")) {
      input.toggleAttribute("aria-invalid", false);
      if (sentence) {
        input.setAttribute("aria-invalid", "true");
      }
    }
  }

  private async lookUp(button: HTMLButtonElement): Promise<void> {
    const name = button.dataset["lookup"] ?? "";
    const question = button.closest("[data-question]")!;
    const input = question.querySelector("input")!;
    const body = new FormData();
    body.append("name", name);
    body.append("value", input.value);
    button.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${this.base}/lookup`, { method: "POST", headers: HEADERS, body });
      const answer = await response.json();
      this.tell(question, response.ok ? "" : String(answer.detail ?? ""));
      if (response.ok) {
        this.fill(answer.filled as Record<string, string>);
        this.say("checked");
      }
    } catch {
      this.say("lost");
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  private fill(filled: Record<string, string>): void {
    for (const [name, value] of Object.entries(filled)) {
      const found = this.form.elements.namedItem(`q-${name}`);
      if (found instanceof HTMLElement && "value" in found) {
        (found as HTMLInputElement).value = value;
      } else if (found instanceof RadioNodeList) {
        found.value = value;
      }
      this.changed.add(name);
    }
    this.plan(0);
  }

  private say(word: "saving" | "saved" | "lost" | "checked"): void {
    const status = this.querySelector("[data-status]");
    if (status) {
      status.textContent = this.dataset[word] ?? "";
    }
  }
}

function nameOf(target: EventTarget | null): string {
  return target instanceof Element ? (target.closest<HTMLElement>("[data-question]")?.dataset["question"] ?? "") : "";
}

/** `q-name`, and the parts that some questions have beside it. */
function belongs(key: string, name: string): boolean {
  return key === `q-${name}` || ["-type", "-shown", "-drawn"].some((end) => key === `q-${name}${end}`);
}

export function defineCompletion(): void {
  customElements.define("rb-completion", Completion);
}
