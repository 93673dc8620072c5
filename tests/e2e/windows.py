"""Browser windows that watch every page they show: its source, its console, its policy and its width."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, WebError, expect

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
NONE: set[int] = set()
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}

# The page as it came is looked at when it has been read whole and none of its scripts, which are all modules, has run.
# The client width is the measure, because a phone shows what is too wide by making everything smaller.
WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`${event.violatedDirective} forbids ${event.blockedURI || event.sourceFile}`));
document.addEventListener("readystatechange", () => {
  for (const element of document.readyState === "interactive" ? document.querySelectorAll("*") : []) {
    const attributes = element.getAttributeNames().filter((name) => name === "style" || name.startsWith("on"));
    if (attributes.length || element.matches("style, script:not([src])")) {
      console.error(`in the page itself: ${element.outerHTML.slice(0, 200)}`);
    }
  }
});
addEventListener("load", () => {
  const measure = () => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    if (scrollWidth > clientWidth) console.error(`${scrollWidth} pixels do not fit into ${clientWidth}`);
  };
  measure(); // at once: a window may be closed before the observer's first frame
  new ResizeObserver(measure).observe(document.body);
});
"""

expect.set_options(timeout=20_000)


class Watch:
    """What was wrong with the pages of one browser context."""

    def __init__(self, context: BrowserContext, refusals: set[int]) -> None:
        self.refusals = refusals
        self.faults: list[str] = []
        self.heard: list[tuple[str, ConsoleMessage]] = []  # judged at the end: a page's answer may be told after it
        self.visited: set[str] = set()
        context.add_init_script(WATCH)
        context.on("console", self._heard)
        context.on("weberror", self._failed)
        context.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append((_address(message.page), message))

    def found(self) -> list[str]:
        spoken = [f"{address}: {message.text}" for address, message in self.heard if not self._is_expected(message)]
        return self.faults + spoken

    def _is_expected(self, message: ConsoleMessage) -> bool:
        """A refusal that the test is about, or that of a page: what it should answer says the test that opened it."""
        found = re.match(r"Failed to load resource: the server responded with a status of (\d+)", message.text)
        is_page = message.location["url"] in self.visited
        # The scripts of this test, which a frame without any right to run one refuses.
        if message.text.startswith("Blocked script execution in") and "/preview' because" in message.text:
            return True
        return found is not None and (is_page or int(found[1]) in self.refusals)

    def _failed(self, error: WebError) -> None:
        self.faults.append(f"{_address(error.page)}: {error.error}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.url}: {response.status}")
        if response.request.is_navigation_request():
            self.visited.add(response.url)


def _address(page: Page | None) -> str:
    return page.url if page else "a page that is closed"


class Windows:
    """Opens windows in the language of the people of the tests; ``close`` says what was wrong with their pages."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.opened: list[tuple[BrowserContext, Watch]] = []

    def open(self, device: dict[str, Any], *, locale: str = "es-CO", refusals: set[int] = NONE) -> Page:
        """``refusals`` are the statuses that calls of the page get on purpose."""
        context = self.browser.new_context(locale=locale, **device)
        self.opened.append((context, Watch(context, refusals)))
        return context.new_page()

    def close(self) -> list[str]:
        for context, _ in self.opened:
            context.close()
        return [fault for _, watch in self.opened for fault in watch.found()]
