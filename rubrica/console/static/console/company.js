// Shows the colours while they are chosen. The server works out the shades; here only the address of the sample's style changes.
const PAUSE_MS = 200;
const form = document.querySelector("[data-brand-form]");
let timer = 0;

/** The new style is laid over the old one once it is here, so that the sample never stands there without any. */
function show() {
  const old = document.querySelector("[data-brand-style]");
  const address = new URL(old.href);
  address.searchParams.set("primary", form.elements.primary_color.value.trim());
  address.searchParams.set("alternate", form.elements.alternate_color.value.trim());
  const fresh = old.cloneNode();
  fresh.href = address.href;
  fresh.addEventListener("load", () => old.remove());
  fresh.addEventListener("error", () => fresh.remove());
  old.removeAttribute("data-brand-style");
  old.after(fresh);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE_MS);
}

/** `data-color-for="id"` is the browser's picker for the text field of that id. */
for (const picker of document.querySelectorAll("[data-color-for]")) {
  const text = document.getElementById(picker.dataset.colorFor);
  picker.hidden = false;
  picker.addEventListener("input", () => {
    text.value = picker.value;
    soon();
  });
  text.addEventListener("input", () => {
    if (/^#[0-9a-f]{6}$/i.test(text.value)) {
      picker.value = text.value;
    }
    soon();
  });
}
