"""``docs/contact-sheet.webp``: a small picture of every state, half of them dark, from what was photographed last."""

from pathlib import Path

from PIL import Image

from tools.frontend import ROOT
from tools.tour.states import STATES

FROM, TO = ROOT / "out" / "screenshots", ROOT / "docs" / "contact-sheet.webp"
DESK, PHONE = (256, 160), (74, 160)  # pixels
COLUMNS, GAP, GROUND = 5, 12, "#c9cfd8"
LARGEST = 1_500_000  # bytes


def main() -> None:
    wide, high = DESK[0] + GAP + PHONE[0] + 2 * GAP, DESK[1] + 2 * GAP
    rows = -(-len(STATES) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * wide + GAP, rows * high + GAP), GROUND)
    for number, state in enumerate(STATES):
        themes = ("dark", "light") if number % 2 else ("light", "dark")
        left, top = GAP + number % COLUMNS * wide, GAP + number // COLUMNS * high
        for kind, size, at in (("desk", DESK, left), ("phone", PHONE, left + DESK[0] + GAP)):
            taken = [path for theme in themes if (path := FROM / f"{state.name}--{kind}-{theme}-es.png").exists()]
            if not taken:
                raise SystemExit(f"There is no picture of {state.name} ({kind}): make screenshots")
            sheet.paste(_small(taken[0], size), (at, top))
    sheet.save(TO, quality=72, method=6)
    if TO.stat().st_size > LARGEST:
        raise SystemExit(f"{TO} has {TO.stat().st_size} bytes; {LARGEST} are enough.")
    print(f"{len(STATES)} states on {TO}, {TO.stat().st_size // 1024} kB")


def _small(path: Path, size: tuple[int, int]) -> Image.Image:
    """The top of the page, as it is seen first."""
    with Image.open(path) as picture:
        seen = picture.convert("RGB").crop((0, 0, picture.width, round(picture.width * size[1] / size[0])))
        return seen.resize(size, Image.Resampling.LANCZOS)
