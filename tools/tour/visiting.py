"""Walks through the states in windows of one size, theme and language."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tools.browser import ARGUMENTS, chromium
from tools.frontend import FONTS
from tools.tour.server import PASSWORD, Served
from tools.tour.states import NOBODY, STATES, State

SIZES = {"phone": (390, 844), "desk": (1280, 800)}
THEMES = ("light", "dark")
LOCALES = {"es": "es-CO", "en": "en-GB"}
# What was opened a moment ago has not begun to move before the next frame.
STILL = """new Promise(requestAnimationFrame).then(() => document.fonts.ready).then(() =>
  document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect.getTiming().iterations === Infinity))"""


@dataclass(frozen=True)
class Look:
    """How pages are looked at."""

    size: str
    theme: str
    language: str

    def __str__(self) -> str:
        return f"{self.size}-{self.theme}-{self.language}"


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, with fonts for the scripts of all names, which the machines of people have."""
    path = chromium()
    if path is None:
        raise SystemExit("There is no Chromium or Chrome on this machine: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        known = Path(folder) / "fonts.conf"
        known.write_text(f"<fontconfig><include>/etc/fonts/fonts.conf</include><dir>{FONTS}</dir></fontconfig>")
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, env={"FONTCONFIG_FILE": str(known)})
        yield found
        found.close()


def visits(chromium: Browser, served: Served, look: Look, wanted: str = "") -> Iterator[tuple[State, Page]]:
    """Every state whose name has ``wanted`` in it, open in a page that has come to rest."""
    contexts: dict[str, BrowserContext] = {}
    for state in STATES:
        if wanted in state.name:
            if state.who not in contexts:
                contexts[state.who] = _context(chromium, served, look, state.who)
            page = contexts[state.who].new_page()
            _open(page, served, look, state)
            yield state, page
            page.close()
    for context in contexts.values():
        context.close()


def _context(chromium: Browser, served: Served, look: Look, who: str) -> BrowserContext:
    width, height = SIZES[look.size]
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if look.theme == "dark" else "light",
        locale=LOCALES[look.language],
        reduced_motion="reduce",
        is_mobile=look.size == "phone",
        has_touch=look.size == "phone",
    )
    if who != NOBODY:
        page = context.new_page()
        page.goto(f"{served.url}/accounts/login/")
        page.locator("#id_login").fill(who)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        page.wait_for_url("**/console/**")
        page.close()
    return context


def _open(page: Page, served: Served, look: Look, state: State) -> None:
    answer = page.goto(address(served, look, state), wait_until="networkidle")
    if answer is None or answer.status != state.status:
        raise SystemExit(f"{state.name}: {page.url} answered {answer.status if answer else 'nothing'}")
    if state.do is not None:
        state.do(page)
    page.wait_for_function(STILL)


def address(served: Served, look: Look, state: State) -> str:
    at = state.at
    if at.startswith("link: "):
        at = f"{served.made['links'][at.removeprefix('link: ')]}?lang={look.language}"
    found = at if at.startswith("/") else served.made["addresses"][at]
    return f"{served.development if state.development else served.url}{found}"
