"""Pictures and words of a page, by pdfium, each in a child of its own: pdfium aborts on bombs and knows no threads."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.pdf.geometry import PageGeometry
from rubrica.sealing.pdf.geometry import Rectangle as Box
from rubrica.sealing.values import RefusedPdf, SandboxError, Word

LONGEST_SIDE = 2000  # pixels
QUALITY = 80  # 4–5 ms a page where WebP takes 45–69 and PNG 65–372


def render_page(path: Path, number: int, width_px: int) -> bytes:
    """Page ``number`` (from 1) as a JPEG of that width, annotations and forms drawn, no side over LONGEST_SIDE.

    Raises ``RefusedPdf`` PDF_INVALID when pdfium cannot draw it, or PAGE_MISSING.
    """
    try:
        return sandbox.run(render_here, str(path), number, width_px)
    except SandboxError as error:
        raise RefusedPdf("PDF_INVALID", _("The page cannot be shown.")) from error


def page_words(path: Path, number: int) -> list[Word]:
    """The words of page ``number`` (from 1) with their boxes as displayed; raises like ``render_page``."""
    try:
        return sandbox.run(words_here, str(path), number)
    except SandboxError as error:
        raise RefusedPdf("PDF_INVALID", _("The page cannot be read.")) from error


def page_count(path: Path) -> int:
    """How many pages a PDF has; raises ``RefusedPdf`` PDF_INVALID when pdfium cannot open it."""
    try:
        return sandbox.run(count_here, str(path))
    except SandboxError as error:
        raise RefusedPdf("PDF_INVALID", _("The page cannot be shown.")) from error


def count_here(path: str) -> int:
    """``page_count`` without the sandbox around it."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        return len(pdf)


def render_here(path: str, number: int, width_px: int) -> bytes:
    """``render_page`` without the sandbox around it."""
    import pypdfium2
    from PIL import Image

    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()
        page = _page(pdf, number)
        width, height = page.get_size()
        wanted = max(1, min(width_px, LONGEST_SIDE))
        scale = min(wanted / width, LONGEST_SIDE / max(width, height))
        # Four bytes a pixel in the order that Pillow has them, so that neither side copies the picture.
        bitmap = page.render(scale=scale, may_draw_forms=True, draw_annots=True, rev_byteorder=True, prefer_bgrx=True)
        size = (bitmap.width, bitmap.height)
        image = Image.frombuffer("RGBX", size, bitmap.buffer, "raw", "RGBX", bitmap.stride, 1)
        output = io.BytesIO()
        image.save(output, "JPEG", quality=QUALITY)
        return output.getvalue()


def words_here(path: str, number: int) -> list[Word]:
    """``page_words`` without the sandbox around it."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        page = _page(pdf, number)
        left, bottom, right, top = page.get_bbox()
        geometry = PageGeometry(left, bottom, right - left, top - bottom, page.get_rotation())
        return [_word(letters, geometry) for letters in _letter_groups(page.get_textpage())]


def _page(pdf: Any, number: int) -> Any:
    if not 1 <= number <= len(pdf):
        raise RefusedPdf("PAGE_MISSING", _("The document has no such page."))
    return pdf[number - 1]


def _letter_groups(text: Any) -> Iterator[list[tuple[str, Box]]]:
    """The letters of each word with their boxes in user space (left, bottom, right, top)."""
    from pypdfium2 import raw

    group: list[tuple[str, Box]] = []
    for index in range(text.count_chars()):
        letter = _letter(raw.FPDFText_GetUnicode(text, index))
        if letter.strip():
            group.append((letter, text.get_charbox(index)))
        elif group:
            yield group
            group = []
    if group:
        yield group


def _letter(code: int) -> str:
    """pdfium gives 0 for a glyph without a meaning, and halves of surrogate pairs as they stand in a broken font."""
    return chr(code) if 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF else " "


def _word(letters: list[tuple[str, Box]], geometry: PageGeometry) -> Word:
    boxes = [box for _letter, box in letters]
    corners = [
        geometry.fraction(min(box[0] for box in boxes), min(box[1] for box in boxes)),
        geometry.fraction(max(box[2] for box in boxes), max(box[3] for box in boxes)),
    ]
    left, right = sorted(corner[0] for corner in corners)
    top, foot = sorted(corner[1] for corner in corners)
    return Word("".join(letter for letter, _box in letters), left, top, right - left, foot - top)
