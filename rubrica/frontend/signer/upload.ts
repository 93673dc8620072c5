import { call, Failure, failureOf } from "./api.ts";
import { draft, keep } from "./drafts.ts";

export interface Upload {
  /** Resolves when the server has kept the file; rejects with Failure, or with undefined after `cancel`. */
  done: Promise<void>;
  cancel: () => void;
}

/** How many bytes have left, and whether the line is lost just now. */
export type OnProgress = (sent: number, waiting: boolean) => void;

const PIECE = 2 * 1024 * 1024; // bytes: what a lost line may cost behind a proxy that hands on whole requests only
const WAITS = [1, 2, 4, 8, 15, 30]; // seconds between tries that bring nothing; then a person decides
const LONGEST_WAIT = 60; // seconds, whatever a server asks for
const GONE = [404, 410];

const CHECKING = 1; // seconds between two questions whether a file that went past the server was looked into

/** A way for all of it at once, past the server: good for a while, and for one object of this length. */
interface Way {
  url: string;
  headers: Record<string, string>;
}

interface Standing {
  offset: number;
  complete: boolean;
  checking?: boolean;
  direct?: Way;
}

/** An upload that was begun, kept for the case that the page is loaded anew and the same file is chosen again. */
interface Begun {
  address: string;
  name: string;
  size: number;
  modified: number;
}

/** Puts one file in one request, telling how many bytes have left. */
export function upload(url: string, file: File, onProgress: OnProgress): Upload {
  const stop = new AbortController();
  return { done: send("PUT", url, file, naming(file), onProgress, stop.signal), cancel: () => stop.abort() };
}

/** Sends one file and goes on by itself where the line was lost; what has arrived is not sent again. */
export function enduring(url: string, file: File, onProgress: OnProgress): Upload {
  const stop = new AbortController();
  const sending = new Sending(url, file, onProgress, stop.signal);
  return { done: sending.run(), cancel: () => stop.abort() };
}

class Sending {
  private address = "";
  private sent = 0;
  private way: Way | undefined;
  private checking = false;

  constructor(
    private readonly url: string,
    private readonly file: File,
    private readonly onProgress: OnProgress,
    private readonly stop: AbortSignal,
  ) {}

  async run(): Promise<void> {
    try {
      await this.endure();
      this.remember("");
    } catch (error) {
      this.giveUp(error);
      throw error;
    }
  }

  /** Tries again what may pass; every try asks where the upload stands. */
  private async endure(): Promise<void> {
    let tries = 0;
    for (;;) {
      const before = this.sent;
      try {
        await this.bring();
        return;
      } catch (error) {
        tries = this.sent > before ? 1 : tries + 1;
        if (!isFailure(error) || !error.isPassing || tries > WAITS.length) {
          throw error;
        }
        this.onProgress(this.sent, true);
        await pause(Math.max(WAITS[tries - 1]!, Math.min(error.retryAfter, LONGEST_WAIT)), this.stop);
      }
    }
  }

  /** A small file is one request; a large one goes in pieces from where it stands. */
  private async bring(): Promise<void> {
    if (this.file.size <= PIECE) {
      await send("PUT", this.url, this.file, naming(this.file), this.onProgress, this.stop);
      return;
    }
    this.sent = await this.standing();
    if (this.checking || (this.way && (await this.straight(this.way)))) {
      await this.looked();
      return;
    }
    do {
      // Where all is there already, the answer to the last piece was lost: an empty one asks for it once more.
      const start = this.sent;
      const piece = this.file.slice(start, start + PIECE);
      const headers = { "Upload-Offset": String(start), "Content-Type": "application/partial-upload" };
      await send("PATCH", this.address, piece, headers, (sent) => this.onProgress(start + sent, false), this.stop);
      this.sent = start + piece.size;
    } while (this.sent < this.file.size);
  }

  /** All of it to where the server has said. Whatever stands in the way, a network's rules say, it goes in pieces. */
  private async straight(way: Way): Promise<boolean> {
    this.way = undefined;
    const sent = (bytes: number): void => this.onProgress(bytes, false);
    try {
      await send("PUT", way.url, this.file, way.headers, sent, this.stop, false);
    } catch (error) {
      if (isFailure(error)) {
        return false;
      }
      throw error;
    }
    const end = { "Upload-Offset": String(this.file.size), "Content-Type": "application/partial-upload" };
    await send("PATCH", this.address, new Blob(), end, () => undefined, this.stop);
    return true;
  }

  /** Until a job of the server has read it; what it refuses is the answer to the question. */
  private async looked(): Promise<void> {
    for (;;) {
      const found = await this.found();
      if (!found || found.complete) {
        this.checking = false;
        if (found) {
          return;
        }
        throw failureOf(0, "");
      }
      await pause(CHECKING, this.stop);
    }
  }

  /** Where the upload stands: one of before is gone on with, else a new one begins. */
  private async standing(): Promise<number> {
    const mine = this.address;
    this.address ||= this.remembered();
    const found = this.address ? await this.found() : null;
    // One of before that is complete may have been withdrawn or sent back since; of this try, only the answer was lost.
    if (found && (mine || !found.complete)) {
      this.checking = found.checking ?? false;
      return found.offset;
    }
    this.address = "";
    const headers = { ...naming(this.file), "Upload-Length": String(this.file.size) };
    const answer = await ask(`${this.url}/uploads`, "POST", headers, this.stop);
    this.address = answer.headers.get("Location") ?? "";
    this.remember(this.address);
    this.way = (JSON.parse(answer.body) as Standing).direct;
    return 0;
  }

  /** What the server has of it; null when it knows nothing of it any more. */
  private async found(): Promise<Standing | null> {
    try {
      return JSON.parse((await ask(this.address, "GET", {}, this.stop)).body) as Standing;
    } catch (error) {
      if (isFailure(error) && GONE.includes(error.status)) {
        return null;
      }
      throw error instanceof SyntaxError ? failureOf(0, "") : error; // the page of some network's gate is no answer
    }
  }

  /** What was cancelled or refused is let go of; what may pass waits for another try, today or after a reload. */
  private giveUp(error: unknown): void {
    const passing = isFailure(error) && error.isPassing;
    if (this.address && !passing) {
      this.remember("");
      void call("DELETE", this.address).catch(() => undefined);
    }
  }

  private remembered(): string {
    const begun = draft(this.url) as Begun | undefined;
    const { name, size, lastModified } = this.file;
    return begun?.name === name && begun.size === size && begun.modified === lastModified ? begun.address : "";
  }

  private remember(address: string): void {
    const { name, size, lastModified: modified } = this.file;
    keep(this.url, address ? { address, name, size, modified } : undefined);
  }
}

/** XMLHttpRequest, because fetch cannot say how far it is. */
function send(
  method: string, url: string, body: Blob, headers: Record<string, string>, onProgress: OnProgress, stop: AbortSignal,
  ours = true,
): Promise<void> {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = (event) => onProgress(event.loaded, false);
    request.onload = () =>
      request.status < 300
        ? resolve()
        : reject(failureOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    request.onerror = request.ontimeout = () => reject(failureOf(request.status, ""));
    request.onabort = () => reject(undefined);
  });
  request.open(method, url);
  for (const [name, value] of Object.entries(ours ? { ...headers, "X-Requested-With": "rubrica" } : headers)) {
    request.setRequestHeader(name, value);
  }
  stop.addEventListener("abort", () => request.abort(), { once: true });
  request.send(body);
  return done;
}

async function ask(
  url: string, method: string, headers: Record<string, string>, signal: AbortSignal,
): Promise<{ headers: Headers; body: string }> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { method, signal, headers: { ...headers, "X-Requested-With": "rubrica" } });
    body = await response.text();
  } catch {
    throw signal.aborted ? undefined : failureOf(0, "");
  }
  if (!response.ok) {
    throw failureOf(response.status, body, response.headers.get("Retry-After"));
  }
  return { headers: response.headers, body };
}

/** Until the seconds are over or the line is back, whichever comes first. */
function pause(seconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, seconds * 1000);
    window.addEventListener("online", () => (window.clearTimeout(timer), resolve()), { once: true });
    stop.addEventListener("abort", () => (window.clearTimeout(timer), reject(undefined)), { once: true });
  });
}

function naming(file: File): Record<string, string> {
  return {
    "Content-Type": file.type || "application/octet-stream",
    "Content-Disposition": `attachment; filename*=UTF-8''${encoded(file.name)}`,
  };
}

/** RFC 8187: these five are not attr-char, and encodeURIComponent leaves them; half a surrogate pair makes it throw. */
function encoded(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, "_")).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

export function isFailure(error: unknown): error is Failure {
  return error instanceof Failure;
}
