"""What pdfium sees, for tests: in a child, as the product has it.

In the process of the tests a fault in the engine would end them all, and the collector of another thread may close a
page while this one is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from rubrica.sealing import sandbox

Place = tuple[float, float, float, float]  # left, bottom, right, top in points


def texts(pdf: Path | bytes, first: int = 1) -> list[str]:
    """The text of each page from ``first`` on."""
    return sandbox.run(_texts, _handed(pdf), first, seconds=60)


def letters(pdf: Path | bytes, number: int) -> list[tuple[str, str, bool]]:
    """Each letter of a page with the font it is set in, and whether it has a glyph with a meaning there."""
    return sandbox.run(_letters, _handed(pdf), number, seconds=60)


def place(pdf: Path | bytes, number: int, word: str) -> Place:
    """Where the first letter of ``word`` stands."""
    return sandbox.run(_place, _handed(pdf), number, word, seconds=60)


def pictures(pdf: Path | bytes, numbers: Sequence[int], scale: float) -> list[Image.Image]:
    """Pages as they are shown, forms drawn, with ``scale`` pixels a point."""
    drawn = sandbox.run(_pictures, _handed(pdf), tuple(numbers), scale, seconds=60)
    return [Image.frombytes("RGB", size, pixels) for size, pixels in drawn]


def _handed(pdf: Path | bytes) -> str | bytes:
    return str(pdf) if isinstance(pdf, Path) else pdf


def _texts(pdf: str | bytes, first: int) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return [document[index].get_textpage().get_text_range() for index in range(first - 1, len(document))]


def _letters(pdf: str | bytes, number: int) -> list[tuple[str, str, bool]]:
    import ctypes

    import pypdfium2
    from pypdfium2 import raw

    found, name = [], ctypes.create_string_buffer(200)
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[number - 1].get_textpage()
        for index in range(text.count_chars()):
            length = raw.FPDFText_GetFontInfo(text, index, name, 200, ctypes.c_int())
            font = name.raw[: max(0, length - 1)].decode()
            is_there = raw.FPDFText_HasUnicodeMapError(text, index) <= 0
            found.append((chr(raw.FPDFText_GetUnicode(text, index)), font, is_there))
    return found


def _place(pdf: str | bytes, number: int, word: str) -> Place:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        text = document[number - 1].get_textpage()
        left, bottom, right, top = text.get_charbox(text.search(word).get_next()[0])
        return left, bottom, right, top


def _pictures(pdf: str | bytes, numbers: Sequence[int], scale: float) -> list[tuple[tuple[int, int], bytes]]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        document.init_forms()
        pages = (document[number - 1].render(scale=scale, may_draw_forms=True).to_pil() for number in numbers)
        return [(page.size, page.convert("RGB").tobytes()) for page in pages]
