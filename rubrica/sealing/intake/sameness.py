"""Whether every program reads the same document in a PDF. Runs in the sandbox.

A file can be built so that one program shows other words than the next. Where its structure leaves nothing to choose
(our own strict reader walks all of it), that cannot be, and costs some microseconds an object. Everywhere else the
words that pdfium finds in the file are compared with those it finds in qpdf's copy of it, page by page.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Malformed, dictionary

HEAD = 16  # bytes in which the header stands in a file that nobody put something before


def is_plain(path: Path) -> bool:
    """Whether the file has one revision, and each object exactly where the one table says, complete and unambiguous."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not data[:HEAD].startswith(b"%PDF-"):
            return False
        try:
            return _is_plain(Structure(data, len(data)))
        except (Declined, Malformed, ValueError, IndexError, KeyError, RecursionError, ArithmeticError):
            return False


def _is_plain(pdf: Structure) -> bool:
    if b"/Prev" in pdf.trailer or b"/XRefStm" in pdf.trailer:
        return False
    for item in pdf.items():
        if item.raw.startswith(b"<<"):
            entries = dictionary(item.raw)  # raises where a key stands twice
            if item.stream_at is not None:
                pdf.stream_end(item, entries)
    return True


def reads_alike(source: str, copy: str) -> bool:
    """Whether pdfium finds as many pages in both, and on each the same words."""
    import pypdfium2

    with pypdfium2.PdfDocument(source) as one, pypdfium2.PdfDocument(copy) as other:
        if len(one) != len(other):
            return False
        return all(_words(one, number) == _words(other, number) for number in range(len(one)))


def _words(pdf: object, number: int) -> list[str]:
    page = pdf[number]  # type: ignore[index]
    text = page.get_textpage()
    found: list[str] = text.get_text_range().split()
    text.close()
    page.close()
    return found
