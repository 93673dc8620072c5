/** `<time datetime data-local>`: the server writes UTC, the reader sees the clock on their own wall; `data-local="time"` leaves out the day. */
export function localTimes(root: ParentNode): void {
  const language = document.documentElement.lang;
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
  for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) {
      time.textContent = (time.dataset["local"] === "time" ? clock : format).format(moment);
    }
  }
}
