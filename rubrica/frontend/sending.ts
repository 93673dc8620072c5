// The steps of a new process. Everything works without this by plain forms; here it gets quicker.
import "./sending/people.ts";

/** Chosen or dropped files go at once where the page has a button for them. */
function sendsChosenFiles(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-upload]");
  const input = document.querySelector<HTMLInputElement>("#pdfs");
  if (button && input) {
    input.addEventListener("change", () => input.files?.length && input.form?.requestSubmit(button));
  }
}

/** The e-mail beside the words follows them, a moment after the last key. */
function showsMail(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-preview-button]");
  const form = button?.form;
  let waiting = 0;
  form?.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.matches("#id_name, #id_subject, #id_message")) {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => form.requestSubmit(button), 700);
    }
  });
  form?.addEventListener("submit", () => window.clearTimeout(waiting));
}

/** Who goes to another step takes along what was typed here. */
function keepsWhatWasTyped(): void {
  const form = document.querySelector<HTMLFormElement>("form:has(.sending-bar)");
  if (!form) {
    return;
  }
  const words = (said: FormDataEntryValue) => (said instanceof File ? said.name : said);
  const typed = () => JSON.stringify([...new FormData(form)].map(([name, said]) => [name, words(said)]));
  const before = typed();
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("a[data-step]");
    if (link && typed() !== before && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      const button = document.createElement("button");
      button.name = "do";
      button.value = `go:${link.dataset["step"]}`;
      button.hidden = true;
      form.append(button);
      form.requestSubmit(button);
      button.remove();
    }
  });
}

keepsWhatWasTyped();
sendsChosenFiles();
showsMail();
