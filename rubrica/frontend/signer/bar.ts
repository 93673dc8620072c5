// The bar at the foot says what comes next. Where that is on the screen already it steps aside.

let watcher: IntersectionObserver | null = null;

function watch(): void {
  watcher?.disconnect();
  const target = document.querySelector<HTMLElement>(".bar [data-target]")?.dataset["target"];
  const section = target ? document.getElementById(target) : null;
  if (!section) {
    return;
  }
  watcher = new IntersectionObserver(
    ([entry]) => document.querySelector(".bar")?.classList.toggle("bar--away", entry?.isIntersecting ?? false),
    { rootMargin: "0px 0px -25% 0px" },
  );
  watcher.observe(section);
}

/** Watches again whenever the page has drawn a new bar. */
export function startBar(): void {
  watch();
  new MutationObserver((changes) => {
    if (changes.some((change) => [...change.addedNodes].some((node) => node instanceof Element && hasBar(node)))) {
      watch();
    }
  }).observe(document.body, { childList: true, subtree: true });
}

function hasBar(node: Element): boolean {
  return node.matches(".bar") || node.querySelector(".bar") !== null;
}
