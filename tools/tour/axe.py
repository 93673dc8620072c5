"""``make axe``: axe-core finds no violation of WCAG 2.2 AA on any state, in both themes and at both widths."""

from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tools.frontend import ROOT
from tools.tour.server import served
from tools.tour.visiting import SIZES, THEMES, Look, browser, visits

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGE = "en"


def main(wanted: str = "", *looks: str) -> None:
    count, wrong = 0, 0
    with served() as found, browser() as chromium:
        found.stage("speak", LANGUAGE)
        for size, theme in product(SIZES, THEMES):
            look = Look(size, theme, LANGUAGE)
            if not looks or str(look) in looks:
                for state, page in visits(chromium, found, look, wanted):
                    count += 1
                    for violation in violations(page):
                        wrong += 1
                        print(f"{state.name} ({look}): {told(violation)}", flush=True)
    print(f"{count} page states checked, {wrong} violations")
    if wrong:
        raise SystemExit(1)


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe-core finds on the page as it is. Its script comes by the debugger, which the page's policy lets pass."""
    page.evaluate(_script())
    found: dict[str, Any] = page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", TAGS
    )
    seen: list[dict[str, Any]] = found["violations"]
    return seen


def told(violation: dict[str, Any]) -> str:
    """The rule, and where and why it does not hold."""
    places = [
        f"\n    {node['target'][-1]}  {node['failureSummary'].splitlines()[-1].strip()}" for node in violation["nodes"]
    ]
    return f"{violation['id']}: {violation['help']}{''.join(places[:5])}"


def _script() -> str:
    if not Path(SCRIPT).exists():
        raise SystemExit("axe-core is missing: make frontend")
    return SCRIPT.read_text()
