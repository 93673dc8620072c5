"""Squares of a page at any size: what a reader who looks closely, or at a page of metres, needs of it and no more."""

from __future__ import annotations

import io
import math
from pathlib import Path

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.intake.render import QUALITY
from rubrica.sealing.values import RefusedPdf, SandboxError

SIDE = 1024  # pixels of a square; those at the right and at the foot are as large as what is left
LONGEST_SIDE = 200_000  # pixels of the whole page, of which nobody draws more than a square


def render_tile(path: Path, number: int, width_px: int, column: int, row: int) -> bytes:
    """The square ``column``, ``row`` (from 0) of page ``number`` (from 1) drawn ``width_px`` wide, as a JPEG.

    Raises ``RefusedPdf`` PDF_INVALID when pdfium cannot draw it, PAGE_MISSING where the page has no such square.
    """
    try:
        return sandbox.run(tile_here, str(path), number, width_px, column, row)
    except SandboxError as error:
        raise RefusedPdf("PDF_INVALID", _("The page cannot be shown.")) from error


def tile_here(path: str, number: int, width_px: int, column: int, row: int) -> bytes:
    """``render_tile`` without the sandbox around it."""
    import pypdfium2
    from PIL import Image

    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()
        if not 1 <= number <= len(pdf):
            raise _missing()
        page = pdf[number - 1]
        # A hair less, so that a width of exactly so many pixels is not rounded up to one more.
        scale = min(width_px / page.get_width(), LONGEST_SIDE / max(page.get_size())) * (1 - 1e-9)
        crop = _margins(page.get_size(), scale, column, row)
        bitmap = page.render(
            scale=scale, crop=crop, may_draw_forms=True, draw_annots=True, rev_byteorder=True, prefer_bgrx=True
        )
        size = (bitmap.width, bitmap.height)
        image = Image.frombuffer("RGBX", size, bitmap.buffer, "raw", "RGBX", bitmap.stride, 1)
        output = io.BytesIO()
        image.save(output, "JPEG", quality=QUALITY)
        return output.getvalue()


def _margins(size: tuple[float, float], scale: float, column: int, row: int) -> tuple[float, float, float, float]:
    """What to cut off in points: left, bottom, right, top. The engine rounds each up to whole pixels."""
    width, height = (math.ceil(side * scale) for side in size)
    left, top = column * SIDE, row * SIDE
    if not (0 <= left < width and 0 <= top < height):
        raise _missing()
    right, bottom = max(0, width - left - SIDE), max(0, height - top - SIDE)
    # A hair less than a whole pixel, so that rounding up ends on it and not on the next one.
    cuts = [max(0.0, (cut - 0.01) / scale) for cut in (left, bottom, right, top)]
    return cuts[0], cuts[1], cuts[2], cuts[3]


def _missing() -> RefusedPdf:
    return RefusedPdf("PAGE_MISSING", _("The document has no such page."))
