// Checks a PDF by its fingerprint alone: the file is hashed here, and uploaded only when somebody presses the button.
import { localTimes } from "./ui/times.ts";
import { droppable } from "./ui/droppable.ts";

interface Known {
  sha256: string;
  known: boolean;
  organization: string | null;
  level: string | null;
  sealed_at: string | null;
  newest: boolean | null;
  process: { package: string; code: string; name: string; document: string } | null;
  files: { name: string; sha256: string; size: number }[];
}

const page = document.querySelector<HTMLElement>("[data-verify]");

function word(name: string, values: Record<string, string | number> = {}): string {
  const sentence = page?.dataset[name] ?? "";
  return sentence.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}

/** SHA-256 in small hexadecimal digits, or nothing for what cannot be held in memory. */
async function fingerprint(file: File): Promise<string | null> {
  if (file.size > Number(page?.dataset["limit"])) {
    return null;
  }
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function clone(root: ParentNode, selector: string): DocumentFragment {
  return root.querySelector<HTMLTemplateElement>(selector)!.content.cloneNode(true) as DocumentFragment;
}

function put(root: ParentNode, name: string, text: string): void {
  const place = root.querySelector<HTMLElement>(`[data-fact="${name}"]`)!;
  place.textContent = text;
  if (!text) {
    place.previousElementSibling?.remove();
    place.remove();
  }
}

class Checking {
  private readonly form: HTMLFormElement;
  private readonly input: HTMLInputElement;
  private readonly button: HTMLButtonElement;
  private readonly said: HTMLElement;
  private readonly answer: HTMLElement;
  private beside: File[] = [];
  private asked = 0;

  constructor(private readonly root: HTMLElement) {
    this.form = root.querySelector("[data-check]")!;
    this.input = this.form.querySelector('input[type="file"]')!;
    this.button = this.form.querySelector("button")!;
    this.said = this.form.querySelector("[data-said]")!;
    this.answer = root.querySelector("[data-answer]")!;
    this.form.querySelector<HTMLElement>("[data-on-device]")!.hidden = false;
    this.button.textContent = this.button.dataset["whole"] ?? "";
    this.button.parentElement!.hidden = true;
    this.input.addEventListener("change", () => void this.chosen());
    this.prepareComparison();
    root.querySelector<HTMLElement>("[data-answer] #result")?.focus();
  }

  /** One PDF is the document; whatever was dropped beside it is compared with the list of its files. */
  private async chosen(): Promise<void> {
    const files = [...(this.input.files ?? [])];
    const document = files.find((file) => file.name.toLowerCase().endsWith(".pdf")) ?? files[0];
    if (!document) {
      return;
    }
    this.beside = files.filter((file) => file !== document);
    if (this.beside.length) {
      const one = new DataTransfer();
      one.items.add(document);
      this.input.files = one.files;
    }
    await this.check(document);
  }

  private async check(file: File): Promise<void> {
    const turn = ++this.asked;
    this.button.parentElement!.hidden = true;
    this.answer.replaceChildren();
    this.say("computing", { name: file.name });
    let found: Known | null = null;
    let why = "tooLarge";
    try {
      const sha256 = await fingerprint(file);
      found = sha256 && turn === this.asked ? await this.ask(sha256) : null;
    } catch {
      why = "failed";
    }
    if (turn !== this.asked) {
      return; // another file was chosen meanwhile
    }
    this.button.parentElement!.hidden = false;
    if (found?.known) {
      this.say("known");
      this.show(found);
    } else {
      this.say(found ? "unknown" : why, { name: file.name });
      this.button.focus();
    }
    this.button.classList.toggle("button--primary", !found?.known);
  }

  private async ask(sha256: string): Promise<Known> {
    this.say("asking");
    const answer = await fetch(this.root.dataset["digestAddress"]!, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sha256 }),
    });
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    return (await answer.json()) as Known;
  }

  private show(found: Known): void {
    const shown = clone(this.root, "[data-known-answer]");
    put(shown, "organization", found.organization ?? "");
    put(shown, "name", found.process?.name ?? "");
    put(shown, "document", found.process?.document ?? "");
    put(shown, "code", found.process?.code ?? "");
    put(shown, "level", found.level ? `PAdES ${found.level}` : "");
    put(shown, "sha256", found.sha256);
    const time = shown.querySelector<HTMLTimeElement>('[data-fact="sealed_at"]')!;
    time.dateTime = found.sealed_at ?? "";
    shown.querySelector<HTMLElement>("[data-older]")!.hidden = found.newest !== false;
    const list = shown.querySelector<HTMLElement>("[data-files]")!;
    list.append(...found.files.map((file) => this.row(file)));
    if (!found.files.length) {
      shown.querySelector("[data-with-files]")!.remove();
    }
    localTimes(shown);
    this.answer.replaceChildren(shown);
    this.prepareComparison(true);
    this.answer.querySelector<HTMLElement>("#result")?.focus();
    void this.compare(this.beside);
  }

  private row(file: Known["files"][number]): DocumentFragment {
    const row = clone(this.root, "[data-file-row]");
    const line = row.querySelector<HTMLElement>("[data-sha256]")!;
    line.dataset["sha256"] = file.sha256;
    line.dataset["name"] = file.name;
    row.querySelector("[data-file-name]")!.textContent = file.name;
    row.querySelector("[data-file-digest]")!.textContent = file.sha256;
    const bytes = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "kilobyte", maximumFractionDigits: 0 });
    row.querySelector("[data-file-size]")!.textContent = bytes.format(Math.max(1, file.size / 1000));
    return row;
  }

  // ---------------------------------------------------------- the files that belong to it

  /** A zone that was there when the page came is taken care of by ui.ts. */
  private prepareComparison(isNew = false): void {
    const zone = this.answer.querySelector<HTMLElement>("[data-compare]");
    const input = zone?.querySelector("input");
    if (zone && input) {
      zone.hidden = false;
      input.addEventListener("change", () => void this.compare([...(input.files ?? [])]));
      if (isNew) {
        droppable(zone, input);
      }
    }
  }

  private async compare(files: File[]): Promise<void> {
    const rows = [...this.answer.querySelectorAll<HTMLElement>("[data-files] [data-sha256]")];
    const strangers = this.answer.querySelector<HTMLElement>("[data-strangers]");
    strangers?.replaceChildren();
    for (const file of rows.length ? files : []) {
      const sha256 = await fingerprint(file);
      const same = rows.find((row) => row.dataset["sha256"] === sha256);
      const namesake = rows.find((row) => row.dataset["name"] === file.name && !row.dataset["same"]);
      if (same) {
        same.dataset["same"] = "yes";
        this.mark(same, "ok", word("same", { name: file.name }));
      } else if (namesake) {
        this.mark(namesake, "bad", word("different", { name: file.name }));
      } else if (strangers) {
        const line = document.createElement("li");
        line.textContent = word("notListed", { name: file.name });
        strangers.append(line);
      }
    }
    const count = rows.filter((row) => row.dataset["same"]).length;
    const said = this.answer.querySelector("[data-compare-said]");
    if (said && files.length) {
      said.textContent = word("compared", { count, all: rows.length });
    }
  }

  private mark(row: HTMLElement, kind: "ok" | "bad", text: string): void {
    const badge = row.querySelector<HTMLElement>("[data-file-state]")!;
    badge.className = `badge badge--${kind}`;
    badge.textContent = text;
    badge.hidden = false;
  }

  private say(name: string, values: Record<string, string> = {}): void {
    this.said.textContent = word(name, values);
  }
}

// Browsers give no digests to pages that came over plain HTTP from afar; the form then uploads, as without scripts.
if (page && window.crypto?.subtle) {
  new Checking(page);
}
