"""``make lighthouse``: the participant's page as a phone on a slow network sees it."""

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

from tools.browser import ARGUMENTS, chromium
from tools.frontend import BIN, ROOT
from tools.tour.server import served

HERE = Path(__file__).resolve().parent
PROGRAM = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}
FIRST_VIEW = 150_000  # bytes that travel, without the pictures of the document's pages
RUNS = 3
TIMES = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "layout shift",
    "speed-index": "speed index",
}


def main(wanted: str = "fresh") -> None:
    install()
    with served() as found:
        address = f"{found.url}{found.made['links'][wanted]}?lang=es"
        reports = [measured(address, number) for number in range(RUNS)]
    scores = {name: statistics.median(_score(report, name) for report in reports) for name in LEAST}
    size = max(_first_view(report) for report in reports)
    for name, score in scores.items():
        print(f"{name:16} {score:5.0f}   wanted {LEAST[name]}")
    print(f"{'first view':16} {size / 1000:5.0f} kB wanted {FIRST_VIEW // 1000} kB")
    for name, words in TIMES.items():
        print(f"{words:16} {reports[-1]['audits'][name]['displayValue']}")
    for report in reports[-1:]:
        _tell_what_is_wrong(report)
    if size > FIRST_VIEW or any(scores[name] < least for name, least in LEAST.items()):
        raise SystemExit(1)


def install() -> None:
    """Lighthouse is large and for this alone, so it has a folder of its own."""
    if not PROGRAM.exists():
        environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NODE_USE_SYSTEM_CA": "1"}
        subprocess.run([BIN / "npm", "ci", "--silent", "--ignore-scripts"], cwd=HERE, env=environment, check=True)


def measured(address: str, number: int) -> dict[str, Any]:
    """A report of one run, in a browser of its own: mobile size and throttling are what Lighthouse does by itself."""
    out = ROOT / "out" / f"lighthouse-{number}.json"
    options = {
        "output": "json",
        "output-path": out,
        "only-categories": ",".join(LEAST),
        "chrome-flags": " ".join(["--headless=new", *ARGUMENTS]),
    }
    said = [f"--{name}={value}" for name, value in options.items()]
    command: list[str | Path] = [BIN / "node", PROGRAM, address, "--quiet", "--no-enable-error-reporting", *said]
    subprocess.run(command, env={**os.environ, "CHROME_PATH": chromium() or ""}, check=True)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def _score(report: dict[str, Any], category: str) -> float:
    return float(report["categories"][category]["score"] or 0) * 100


def _first_view(report: dict[str, Any]) -> int:
    requests = report["audits"]["network-requests"]["details"]["items"]
    return sum(one["transferSize"] for one in requests if "/pages/" not in one["url"])


def _tell_what_is_wrong(report: dict[str, Any]) -> None:
    for category in report["categories"].values():
        for reference in category["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                print(f"    {category['id']}: {audit['title']} {audit.get('displayValue', '')}")


if __name__ == "__main__":
    main()
