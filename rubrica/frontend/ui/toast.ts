const SHOWN_FOR_MS = 6000;

/** Shows one sentence at a time at the foot of the page and lets a screen reader say it (the container of base.html is a live region). */
export function toast(sentence: string): void {
  const container = document.querySelector("[data-toasts]");
  if (!container || !sentence) {
    return;
  }
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = sentence;
  container.replaceChildren(box);
  setTimeout(() => box.remove(), SHOWN_FOR_MS);
}
