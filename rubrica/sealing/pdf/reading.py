"""Reading a PDF with qpdf, in the sandbox: its pages' geometry and its signature fields.

pikepdf is imported inside the functions; see ``sandbox``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.pdf.geometry import PageGeometry, Rectangle
from rubrica.sealing.values import RefusedPdf

if TYPE_CHECKING:
    import pikepdf

MAX_PAGES = 5000
MAX_OBJECTS = 1_000_000
MAX_SIDE = 200_000.0  # points; 70 metres
MAX_DEPTH = 64
HEADER_WINDOW = 1024  # ISO 32000-1 Annex H: readers look for %PDF- this far
LETTER: Rectangle = (0.0, 0.0, 612.0, 792.0)
INHERITED = ("/MediaBox", "/CropBox", "/Rotate")

Said = dict[str, Any]


def open_pdf(path: Path) -> pikepdf.Pdf:
    """The file as qpdf reads it without repairing anything, or ``RefusedPdf``."""
    import pikepdf

    with path.open("rb") as file:
        if b"%PDF-" not in file.read(HEADER_WINDOW):
            raise RefusedPdf("PDF_INVALID", _("The file is not a PDF."))
    try:
        # Inherited attributes pushed into pages would live in qpdf's memory only and not in the file we append to.
        pdf = pikepdf.open(
            path, attempt_recovery=False, suppress_warnings=True, inherit_page_attributes=False,
            access_mode=pikepdf.AccessMode.stream,
        )  # fmt: skip
    except pikepdf.PasswordError as error:
        raise RefusedPdf("PDF_ENCRYPTED", _("The PDF is protected by a password.")) from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise RefusedPdf("PDF_INVALID", _("The PDF is damaged.")) from error
    if pdf.is_encrypted:
        raise RefusedPdf("PDF_ENCRYPTED", _("The PDF is protected against changes."))
    return pdf


def page_geometries(pdf: pikepdf.Pdf) -> list[PageGeometry]:
    """Every page's geometry in order, or ``RefusedPdf`` when there are none or too many."""
    import pikepdf

    if int(pdf.trailer.get("/Size", 0)) > MAX_OBJECTS:
        raise RefusedPdf("PDF_TOO_LARGE", _("The PDF has too many objects."))
    try:
        count = len(pdf.pages)
        if count > MAX_PAGES:
            raise RefusedPdf("PDF_TOO_LARGE", _("The PDF has too many pages."))
        above: dict[tuple[int, int], Said] = {}
        geometries = [_geometry(page.obj, _said(page.obj, above, MAX_DEPTH)) for page in pdf.pages]
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, ArithmeticError, AttributeError) as error:
        raise RefusedPdf("PDF_INVALID", _("The PDF's pages cannot be read.")) from error
    if not geometries:
        raise RefusedPdf("PDF_EMPTY", _("The PDF has no pages."))
    return geometries


def inherited(page: Any, key: str) -> Any:
    """An inheritable page attribute (ISO 32000-2 §7.7.3.4) from the page or the nearest node above it, or None."""
    node, depth = page, 0
    while node is not None and depth < MAX_DEPTH:
        if (value := node.get(key)) is not None:
            return value
        node, depth = node.get("/Parent"), depth + 1
    return None


def signature_fields(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """The signature fields of the form that hold a signature."""
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    waiting = list(fields) if isinstance(fields, pikepdf.Array) else []
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < MAX_OBJECTS:
        field = waiting.pop()
        if not isinstance(field, pikepdf.Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        seen.add(field.objgen)
        if isinstance(kids := field.get("/Kids"), pikepdf.Array):
            waiting.extend(kids)
        value = field.get("/V")
        if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
            yield field


def _geometry(page: Any, said: Said) -> PageGeometry:
    geometry = PageGeometry.of(
        _rectangle(said.get("/MediaBox")) or LETTER,
        _rectangle(said.get("/CropBox")),
        _quarter_turns(said.get("/Rotate")),
        float(page.UserUnit) if "/UserUnit" in page else 1.0,
    )
    size = geometry.displayed
    if not (0 < size.width <= MAX_SIDE and 0 < size.height <= MAX_SIDE):
        raise RefusedPdf("PDF_TOO_LARGE", _("A page of the PDF has an impossible size."))
    return geometry


def _said(node: Any, above: dict[tuple[int, int], Said], depth: int) -> Said:
    """The inheritable attributes as they hold for a node of the page tree; ``above`` remembers the nodes asked before.

    pikepdf takes longest over what is not there, so nothing is asked for that is no key of the node.
    """
    keys = node.keys()
    parent = node["/Parent"] if "/Parent" in keys and depth else None
    if parent is None:
        said: Said = {}
    elif parent.objgen in above:
        said = above[parent.objgen]
    else:
        said = _said(parent, above, depth - 1)
        if parent.is_indirect:
            above[parent.objgen] = said
    return {**said, **{key: node[key] for key in INHERITED if key in keys}}


def _rectangle(value: Any) -> Rectangle | None:
    import pikepdf

    if not isinstance(value, pikepdf.Array) or len(value) != 4:
        return None
    a, b, c, d = (float(number) for number in value)
    return (a, b, c, d) if all(math.isfinite(number) for number in (a, b, c, d)) else None


def _quarter_turns(value: Any) -> int:
    """Degrees; anything that is not a multiple of 90 is shown unturned by every reader."""
    rotation = int(value or 0)
    return rotation if rotation % 90 == 0 else 0
