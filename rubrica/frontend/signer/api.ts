import { words } from "./words.ts";

/** A call that did not succeed; `message` is the sentence to show, `status` 0 when no answer came. */
export class Failure extends Error {
  /** Seconds until it is worth trying again, where the server has said so. */
  retryAfter = 0;

  constructor(
    message: string,
    readonly status: number,
    readonly code = "",
    /** Tries that are left, where they are counted. */
    readonly remaining: number | null = null,
  ) {
    super(message);
  }

  /** What happened, and how many tries are left where one was lost. */
  get sentence(): string {
    const tries = this.remaining === null ? "" : words(`tries${this.remaining}`);
    return tries ? `${this.message} ${tries}` : this.message;
  }

  /** The same call may succeed later: no answer, a server or proxy that is being restarted, bytes that came twice. */
  get isPassing(): boolean {
    return [0, 408, 429].includes(this.status) || this.status >= 500 || this.code === "UPLOAD_OFFSET";
  }

  /** The page shows a state that is over: draw it again. */
  get isOutdated(): boolean {
    return [404, 409, 410, 423].includes(this.status);
  }
}

/** `/s/{token}`, or nothing on the page of a refused link. */
export function pageBase(): string {
  return document.getElementById("main")?.dataset["base"] ?? "";
}

/** The failure that an answer's body tells in the form of own.md §2, whatever else it may hold. */
export function failureOf(status: number, body: string, retryAfter: string | null = null): Failure {
  const failure = told(status, body) ?? new Failure(words(status ? "failed" : "connection"), status);
  failure.retryAfter = Number(retryAfter) || 0;
  return failure;
}

function told(status: number, body: string): Failure | null {
  try {
    const { detail, message, remaining } = JSON.parse(body) as Record<string, unknown>;
    if (typeof detail === "string" && detail) {
      return new Failure(detail, status, String(message), typeof remaining === "number" ? remaining : null);
    }
  } catch {
    // Not JSON: a proxy in between has answered, and its words are not for participants.
  }
  return null;
}

/** Sends JSON, or nothing, below the page's address. Throws Failure. */
export async function call(method: string, path: string, body?: object): Promise<void> {
  const headers: Record<string, string> = { "X-Requested-With": "rubrica" };
  const init: RequestInit = { method, headers };
  if (body) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw failureOf(0, "");
  }
  const answer = await response.text().catch(() => "");
  if (!response.ok) {
    throw failureOf(response.status, answer, response.headers.get("Retry-After"));
  }
}
