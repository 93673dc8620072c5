"""The QR code on the evidence pages: where the file can be checked, for who holds a sheet of paper."""

import functools
import io
from pathlib import Path

import segno

FILE = "qr.svg"
INK = "#16202e"
LONGEST = 300  # characters; a code of more is too fine to be read from paper
EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'


def qr_code(url: str, folder: Path) -> bool:
    """Puts the drawing into the folder that typst reads; False where there is none for this address."""
    drawing = _drawing(url) if 0 < len(url) <= LONGEST else ""
    (folder / FILE).write_text(drawing or EMPTY, encoding="utf-8")
    return bool(drawing)


@functools.lru_cache(maxsize=16)
def _drawing(url: str) -> str:
    """One path, so that it stays sharp at every size. 15 % of it may be lost (level M, ISO/IEC 18004)."""
    output = io.BytesIO()
    try:
        code = segno.make(url, error="m", micro=False)
    except ValueError:  # no QR code can hold it, and no text stops a seal
        return ""
    code.save(output, kind="svg", border=0, dark=INK, xmldecl=False, nl=False)
    return output.getvalue().decode()
