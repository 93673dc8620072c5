"""``make screenshots``: every state at both widths, in both themes and two languages, into out/screenshots."""

import shutil
from itertools import product

from playwright.sync_api import Browser

from tools.frontend import ROOT
from tools.tour import sheet
from tools.tour.server import Served, served
from tools.tour.visiting import LOCALES, SIZES, THEMES, Look, browser, visits

OUT = ROOT / "out" / "screenshots"
TALLEST = 6000  # pixels: what is longer repeats itself
PATIENCE = 180_000  # milliseconds for one picture, on a machine that has much else to do


def main(wanted: str = "", *looks: str) -> None:
    """``looks`` are some of phone-light-es, desk-dark-en and so on; all without any."""
    if not wanted and not looks:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    count = 0
    with served() as found, browser() as chromium:
        for language in LOCALES:
            found.stage("speak", language)
            for size, theme in product(SIZES, THEMES):
                look = Look(size, theme, language)
                if not looks or str(look) in looks:
                    count += _take(found, chromium, look, wanted)
    if not wanted and not looks:
        sheet.main()
    print(f"{count} pictures in {OUT}")


def _take(found: Served, chromium: Browser, look: Look, wanted: str) -> int:
    count = 0
    for state, page in visits(chromium, found, look, wanted):
        width, high = SIZES[look.size][0], page.evaluate("document.documentElement.scrollHeight")
        if high > TALLEST:  # drawing all of it takes minutes
            page.set_viewport_size({"width": width, "height": TALLEST})
        page.screenshot(
            path=OUT / f"{state.name}--{look}.png",
            full_page=high <= TALLEST,
            animations="disabled",
            timeout=PATIENCE,
        )
        count += 1
    return count
