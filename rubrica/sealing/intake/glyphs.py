"""What the bytes of a PDF's text operators say: letters and widths by font, as far as finding a tag needs it.

Runs in the sandbox. A code that cannot be read becomes U+FFFD, which matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

UNKNOWN = "\ufffd"
DEFAULT_WIDTH = 500.0  # thousandths of the font size
MAP_LIMIT = 4 << 20  # bytes of a ToUnicode map that are looked at

# Widths of the letters of a tag in the standard fonts, which may come without any (ISO 32000-1 §9.6.2.2).
LETTERS = "{}:signature"
STANDARD: Mapping[str, Sequence[int]] = {
    "Helvetica": (334, 334, 278, 500, 222, 556, 556, 556, 278, 556, 333, 556),
    "Helvetica-Bold": (389, 389, 333, 556, 278, 611, 611, 556, 333, 611, 389, 556),
    "Times-Roman": (480, 480, 278, 389, 278, 500, 500, 444, 278, 500, 333, 444),
    "Times-Bold": (394, 394, 333, 389, 278, 500, 556, 500, 333, 556, 444, 444),
    "Times-Italic": (400, 400, 333, 389, 278, 500, 500, 500, 278, 500, 389, 444),
    "Times-BoldItalic": (348, 348, 333, 389, 278, 500, 556, 500, 278, 556, 389, 444),
}
DIGITS = {"Helvetica": 556.0, "Helvetica-Bold": 556.0}  # the others' digits are half the size
NAMES = {
    "braceleft": "{", "braceright": "}", "colon": ":", "space": " ", "zero": "0", "one": "1", "two": "2",
    "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip

_CHARS = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_RANGES = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]*)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[(.*?)\])", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")


@dataclass(frozen=True)
class Font:
    """One font of a page: how many bytes a code takes, what it says, and how far it moves the pen."""

    code_bytes: int
    letters: Mapping[int, str]
    widths: Mapping[int, float]
    default_width: float

    @classmethod
    def of(cls, dictionary: Any) -> Font:
        import pikepdf

        letters = _unicode_map(dictionary.get("/ToUnicode"))
        if str(dictionary.get("/Subtype")) == "/Type0":
            below = dictionary.get("/DescendantFonts")
            below = below[0] if isinstance(below, pikepdf.Array) and len(below) else pikepdf.Dictionary()
            return cls(2, letters, _cid_widths(below), float(below.get("/DW", 1000)))
        named = _simple_letters(dictionary)
        widths, default = _simple_widths(dictionary, named)
        return cls(1, {**named, **letters}, widths, default)

    def glyphs(self, data: bytes) -> Iterator[tuple[int, str, float]]:
        """Code, letters and width (thousandths) of each glyph of a string."""
        for start in range(0, len(data) - self.code_bytes + 1, self.code_bytes):
            code = int.from_bytes(data[start : start + self.code_bytes], "big")
            yield code, self.letters.get(code, UNKNOWN), self.widths.get(code, self.default_width)


def _simple_letters(font: Any) -> dict[int, str]:
    """ASCII stands at its own codes in every Latin encoding; /Differences says what does not."""
    import pikepdf

    letters = {code: chr(code) for code in range(32, 127)}
    encoding = font.get("/Encoding")
    changes = encoding.get("/Differences") if isinstance(encoding, pikepdf.Dictionary) else None
    code = 0
    for item in changes if isinstance(changes, pikepdf.Array) else ():
        if isinstance(item, pikepdf.Name):
            name = str(item)[1:]
            letters[code] = NAMES.get(name, name if len(name) == 1 else UNKNOWN)
            code += 1
        else:
            code = int(item)
    return letters


def _simple_widths(font: Any, letters: Mapping[int, str]) -> tuple[dict[int, float], float]:
    import pikepdf

    listed = font.get("/Widths")
    if isinstance(listed, pikepdf.Array):
        first = int(font.get("/FirstChar", 0))
        descriptor = font.get("/FontDescriptor")
        missing = descriptor.get("/MissingWidth", 0) if isinstance(descriptor, pikepdf.Dictionary) else 0
        return {first + index: float(width) for index, width in enumerate(listed)}, float(missing)
    name = str(font.get("/BaseFont", ""))[1:].replace("Oblique", "").rstrip("-")
    if name.startswith("Courier"):
        return {}, 600.0
    known = dict(zip(LETTERS, map(float, STANDARD.get(name, ())), strict=False))
    return {code: known[letter] for code, letter in letters.items() if letter in known}, DIGITS.get(name, DEFAULT_WIDTH)


def _cid_widths(font: Any) -> dict[int, float]:
    """/W of ISO 32000-1 §9.7.4.3: ``c [w1 w2 …]`` and ``first last w`` in one array."""
    import pikepdf

    widths: dict[int, float] = {}
    listed = font.get("/W")
    items = list(listed) if isinstance(listed, pikepdf.Array) else []
    place = 0
    while place + 1 < len(items):
        first = int(items[place])
        if isinstance(items[place + 1], pikepdf.Array):
            widths.update({first + index: float(width) for index, width in enumerate(items[place + 1])})
            place += 2
        elif place + 2 < len(items):
            last = min(int(items[place + 1]), first + 0xFFFF)
            widths.update(dict.fromkeys(range(first, last + 1), float(items[place + 2])))
            place += 3
        else:
            break
    return widths


def _unicode_map(stream: Any) -> dict[int, str]:
    import pikepdf

    if not isinstance(stream, pikepdf.Stream):
        return {}
    data = stream.read_bytes()[:MAP_LIMIT]
    letters: dict[int, str] = {}
    for block in _CHARS.findall(data):
        for code, text in _PAIR.findall(block):
            letters[int(code.replace(b" ", b""), 16)] = _text(text)
    for block in _RANGES.findall(data):
        for first, last, text, each in _RANGE.findall(block):
            letters.update(_range(int(first, 16), int(last, 16), text, each))
    return letters


def _range(first: int, last: int, text: bytes, each: bytes) -> Iterator[tuple[int, str]]:
    last = min(last, first + 0xFFFF)
    if text:
        start = _text(text)
        if start:
            for code in range(first, last + 1):
                final = ord(start[-1]) + code - first
                yield code, start[:-1] + (chr(final) if final <= 0x10FFFF else UNKNOWN)
    else:
        yield from zip(range(first, last + 1), map(_text, _HEX.findall(each)), strict=False)


def _text(digits: bytes) -> str:
    clean = b"".join(digits.split())
    data = bytes.fromhex((clean + b"0" * (len(clean) % 2)).decode())
    return data.decode("utf-16-be", "replace") if len(data) > 1 else data.decode("latin-1")
