import { Failure, failureOf } from "./api.ts";

export interface Upload {
  /** Resolves when the server has kept the file; rejects with Failure, or with undefined after `cancel`. */
  done: Promise<void>;
  cancel: () => void;
}

/** Puts one file, telling how many bytes have left. XMLHttpRequest, because fetch cannot say that. */
export function upload(url: string, file: File, onProgress: (sent: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () =>
      request.status < 300 ? resolve() : reject(failureOf(request.status, request.responseText));
    request.onerror = request.ontimeout = () => reject(failureOf(request.status, ""));
    request.onabort = () => reject(undefined);
  });
  request.open("PUT", url);
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${encoded(file.name)}`);
  request.setRequestHeader("X-Requested-With", "rubrica");
  request.send(file);
  return { done, cancel: () => request.abort() };
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
