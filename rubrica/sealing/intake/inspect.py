"""What a PDF holds, found out in the sandbox before anything else touches it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.intake.active import clean_catalog, clean_object
from rubrica.sealing.pdf.geometry import PageGeometry
from rubrica.sealing.pdf.reading import open_pdf, page_geometries, signature_fields
from rubrica.sealing.values import Inspection, RefusedPdf, SandboxError

if TYPE_CHECKING:
    import pikepdf

WARNINGS = {
    "SIGNED": _("The PDF already carries signatures; it is not changed, and the seal is added after them."),
    "CERTIFIED": _("The PDF was certified by its author; some viewers will say that it was changed afterwards."),
    "REPAIRED": _("The PDF has small defects that viewers may repair differently."),
    "SCRIPTS": _("The PDF contains scripts."),
    "ACTIONS": _("The PDF starts programs, sends data or opens other files."),
    "LAYERS": _("The PDF has layers that may look different on screen and on paper."),
    "ATTACHMENTS": _("The PDF carries attached files."),
    "MEDIA": _("The PDF plays sound or film."),
    "HIDDEN": _("The PDF shows something on paper that the screen does not show."),
    "XFA": _("The PDF contains a dynamic (XFA) form, which will be shown as the plain form beneath it."),
    "SCRIPTS_REMOVED": _("The PDF contained scripts; they were removed."),
    "ACTIONS_REMOVED": _("The PDF started programs, sent data or opened other files; that was removed."),
    "LAYERS_REMOVED": _("The PDF has layers; they now look on paper and everywhere as on the screen."),
    "ATTACHMENTS_REMOVED": _("The PDF carried attached files; they were removed."),
    "MEDIA_REMOVED": _("The PDF played sound or film; that was removed."),
    "HIDDEN_REMOVED": _("The PDF showed something on paper that the screen does not show; that was removed."),
    "XFA_REMOVED": _("The PDF contained a dynamic (XFA) form; the plain form beneath it is shown."),
}
ACTIVE = {"SCRIPTS", "ACTIONS", "LAYERS", "ATTACHMENTS", "MEDIA", "HIDDEN", "XFA"}
ACTIVE_REFUSED = _(
    "The PDF contains scripts, attached files or other active content, which your organization does not accept. "
    "Save or print it as a new PDF."
)
INFLATE_LIMIT = 256 << 20  # bytes one stream may unpack to
DEFLATE_RATIO = 1032  # no deflate stream can grow more than this


def inspect(path: Path) -> Inspection:
    """Pages (displayed sizes in points), number of signatures and warnings of the PDF at ``path``.

    Raises ``RefusedPdf``: PDF_INVALID, PDF_EMPTY, PDF_ENCRYPTED or PDF_TOO_LARGE.
    """
    try:
        return sandbox.run(inspect_here, str(path))
    except sandbox.EngineFailed as error:
        if "MemoryError" in error.detail or "bad_alloc" in error.detail:
            raise RefusedPdf("PDF_TOO_LARGE", _("The PDF unpacks to more than can be handled.")) from error
        raise RefusedPdf("PDF_INVALID", _("The PDF is damaged.")) from error
    except SandboxError as error:
        raise RefusedPdf("PDF_TOO_LARGE", _("The PDF unpacks to more than can be handled.")) from error


def is_active(inspection: Inspection) -> bool:
    """Whether the PDF holds, or held before it was made ready, more than pages that look the same everywhere."""
    return any(code.removesuffix("_REMOVED") in ACTIVE for code in inspection.warnings)


def inspect_here(path: str) -> Inspection:
    """``inspect`` without the sandbox around it."""
    with open_pdf(Path(path)) as pdf:
        return examine(pdf).inspection


@dataclass(frozen=True)
class Examined:
    """What an open PDF holds; ``changed`` says that something was taken out of qpdf's copy of it in memory."""

    inspection: Inspection
    geometries: list[PageGeometry]
    changed: bool


def examine(pdf: pikepdf.Pdf) -> Examined:
    """Look at all of an open PDF, and take its active content out of the copy in memory."""
    import pikepdf

    geometries = page_geometries(pdf)
    signatures = sum(1 for _field in signature_fields(pdf))
    found: set[str] = set()
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream):
            _refuse_bomb(item)
        clean_object(item, found)
    clean_catalog(pdf, found)
    changed = bool(found)
    if signatures:
        found.add("SIGNED")
    if "/DocMDP" in pdf.Root.get("/Perms", {}):
        found.add("CERTIFIED")
    if pdf.get_warnings():
        found.add("REPAIRED")
    pages = tuple(geometry.displayed for geometry in geometries)
    inspection = Inspection(pages, signatures, tuple(code for code in WARNINGS if code in found))
    return Examined(inspection, geometries, changed)


def _refuse_bomb(stream: Any) -> None:
    """Refuse a stream whose deflate layers unpack to more than INFLATE_LIMIT; most need not be unpacked to know."""
    layers = _deflate_layers(stream)
    length = int(stream.get("/Length", 0))
    if not layers or length * DEFLATE_RATIO**layers <= INFLATE_LIMIT or stream.get("/Subtype") == "/Image":
        return
    remaining = INFLATE_LIMIT
    for part in _inflated(iter([stream.read_raw_bytes()]), layers):
        remaining -= len(part)
        if remaining < 0:
            raise RefusedPdf("PDF_TOO_LARGE", _("The PDF unpacks to more than can be handled."))


def _deflate_layers(stream: Any) -> int:
    """How many deflate filters come first; another filter after them unpacks little and is left to qpdf."""
    import pikepdf

    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    layers = 0
    while layers < len(names) and names[layers] in {"/FlateDecode", "/Fl"}:
        layers += 1
    return layers


def _inflated(parts: Iterator[bytes], layers: int) -> Iterator[bytes]:
    if layers == 0:
        yield from parts
        return
    inflater = zlib.decompressobj()
    for part in _inflated(parts, layers - 1):
        waiting = part
        while waiting:
            try:
                yield inflater.decompress(waiting, 1 << 20)
            except zlib.error:
                return
            waiting = inflater.unconsumed_tail
