"""Colours as people choose them, and what of them can be read (WCAG 2.2 §1.4.3 and §1.4.11)."""

import re
from collections.abc import Iterable

HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
BLACK, WHITE = "#000000", "#ffffff"
TEXT, EDGE = 4.5, 3.0  # the contrast that letters need, and that of what must be seen
STEPS = 40  # of the way to black or white


def normal(text: str) -> str:
    """``#RGB`` or ``#RRGGBB`` as ``#rrggbb``. Raises ValueError for anything else."""
    if not HEX.fullmatch(text):
        raise ValueError(text)
    digits = text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(color: str) -> str:
    """Black or white, whichever reads better: one of them has 4.5:1 on every colour."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, color))


def mixed(color: str, other: str, part: float) -> str:
    """``color`` with that part of ``other`` in it."""
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def seen_on(color: str, backgrounds: Iterable[str], ratio: float) -> str:
    """The nearest shade of a colour that stands out by ``ratio`` from each background."""
    grounds = list(backgrounds)
    towards = ink_on(grounds[0])
    for step in range(STEPS + 1):
        shade = mixed(color, towards, step / STEPS)
        if all(contrast(shade, ground) >= ratio for ground in grounds):
            return shade
    return towards


def _parts(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(color: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
