// The participant's page. The server draws it; this sends what people do and draws again what has changed.
import { pageBase } from "./signer/api.ts";
import { startActing } from "./signer/acting.ts";
import { startDrafts } from "./signer/drafts.ts";
import { startGuide } from "./signer/guide.ts";
import { startFields } from "./signer/fields.ts";
import { defineInitials } from "./signer/initials.ts";
import { keepFresh, rememberParts } from "./signer/refresh.ts";
import { startBar } from "./signer/bar.ts";
import { defineCapture } from "./signer/capture.ts";
import { defineCode } from "./signer/code.ts";
import { defineReader } from "./signer/reader.ts";
import { defineSheet } from "./signer/sheet.ts";
import { defineSignature } from "./signer/signature.ts";
import { defineSlot } from "./signer/slot.ts";

/** Mail scanners open links too, so only a hand on the page counts as opening it. */
function reportOpened(): void {
  const base = pageBase();
  if (!base) {
    return;
  }
  const once = new AbortController();
  const report = () => {
    once.abort();
    void fetch(`${base}/opened`, { method: "POST", headers: { "X-Requested-With": "rubrica" } }).catch(() => undefined);
  };
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, report, { signal: once.signal, capture: true });
  }
}

/** A file dropped beside its slot would replace the page, and with it what was drawn; so would leaving in mid-upload. */
function keepThePage(): void {
  for (const kind of ["dragover", "drop"]) {
    document.addEventListener(kind, (event) => event.preventDefault());
  }
  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("[data-busy]")) {
      event.preventDefault();
    }
  });
}

rememberParts(document);
defineCapture();
defineCode();
defineReader();
defineSheet();
defineInitials();
defineSignature();
defineSlot();
keepThePage();
reportOpened();
startActing();
startFields();
startDrafts();
startGuide();
startBar();
keepFresh();
