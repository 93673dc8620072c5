// Brings the page of a process up to date while somebody looks at it. The server answers 204 while nothing changed.
const AFTER_TROUBLE_MS = 15000;

/** What a reader is in the middle of must not be taken from under their hands. */
function isBusy(region) {
  return document.hidden || region.querySelector("dialog[open], form[data-sent]") !== null;
}

function localTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}

/** Puts the new region in the place of the old one; the focus and what was unfolded stay as they were. */
function replace(region, fresh) {
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  const unfolded = [...region.querySelectorAll("details[open][id]")].map((details) => details.id);
  localTimes(fresh);
  region.replaceWith(fresh);
  for (const id of unfolded) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  if (focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
  const news = document.querySelector("[data-live-news]");
  if (news) {
    news.textContent = fresh.querySelector("[data-live-newest]")?.textContent ?? "";
  }
}

/** The wait until the next question, in milliseconds. */
async function refresh(region) {
  const every = Number(region.dataset.every);
  if (isBusy(region)) {
    return every;
  }
  const address = new URL(region.dataset.live, location.href);
  address.searchParams.set("version", region.dataset.version);
  const answer = await fetch(address, { redirect: "manual" });
  if (answer.type === "opaqueredirect") {
    location.reload(); // The session has ended: the page itself leads to the sign-in.
    return AFTER_TROUBLE_MS;
  }
  if (answer.status === 200) {
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    // A dialog may have been opened while the answer was on its way.
    if (parsed && !isBusy(region)) {
      replace(region, document.importNode(parsed, true));
    }
  }
  return answer.ok ? every : AFTER_TROUBLE_MS;
}

async function watch() {
  const region = document.querySelector("[data-live][data-every]");
  if (!region) {
    return; // The process has ended: nothing changes by itself any more.
  }
  let wait;
  try {
    wait = await refresh(region);
  } catch {
    wait = AFTER_TROUBLE_MS;
  }
  setTimeout(watch, wait);
}

const region = document.querySelector("[data-live][data-every]");
if (region) {
  setTimeout(watch, Number(region.dataset.every));
}
