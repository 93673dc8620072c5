"""A PDF made ready to be read and signed: what is shown to people is the file this module leaves behind."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.intake import tags
from rubrica.sealing.intake.active import clean
from rubrica.sealing.intake.erasing import erase_from_page
from rubrica.sealing.intake.inspect import WARNINGS, examine
from rubrica.sealing.intake.rewrite import save
from rubrica.sealing.intake.sameness import is_plain, reads_alike
from rubrica.sealing.pdf.geometry import PageGeometry
from rubrica.sealing.pdf.reading import open_pdf
from rubrica.sealing.typeset.signature_page import PAGE, SignaturePages, signature_pages
from rubrica.sealing.values import Box, Inspection, PageSize, RefusedPdf, SandboxError

SECONDS = 60.0
MEGABYTES = 2048
GROWTH_MEGABYTES = 64


@dataclass(frozen=True)
class Signer:
    """Somebody who signs: ``by_tag`` where the PDF's tags say so, ``needs_page`` where nothing else does."""

    index: int
    name: str
    by_tag: bool
    needs_page: bool


@dataclass(frozen=True)
class Prepared:
    """The file to show: ``changed`` says that it is the target, else the source is to be shown as it is.

    ``boxes`` has an entry for each signer whose places come from tags or the signature page.
    """

    inspection: Inspection
    boxes: Mapping[int, tuple[Box, ...]]
    changed: bool


class MissingTags(RefusedPdf):
    """The PDF has no tag for some signers that were to sign at one: TAG_MISSING; ``indexes`` names them."""

    def __init__(self, indexes: Sequence[int]) -> None:
        super().__init__("TAG_MISSING", _("A signature tag is not in the PDF as plain text."))
        self.indexes = tuple(indexes)

    def __reduce__(self) -> tuple[Any, ...]:
        return MissingTags, (self.indexes,)


@dataclass(frozen=True)
class Task:
    """What the child is to do with the file at ``source``."""

    source: str
    target: str
    by_tag: tuple[int, ...]
    on_page: tuple[int, ...]
    pages: SignaturePages | None


def prepare(source: Path, target: Path, signers: Sequence[Signer], language: str, document_name: str) -> Prepared:
    """Make the PDF at ``source`` ready: find the signers' tags and take them out, append a page for signatures.

    An unsigned PDF is written anew into ``target``; only one with nothing to change in it and one way to read it is
    shown as it is, byte for byte. One that carries signatures is never rewritten, and nothing is added to it before the
    seal, because that would void what those signatures promise: its tags give the places and stay, and a signer without
    a place signs on the evidence page. Raises ``MissingTags``, and ``RefusedPdf``:
    PDF_INVALID, PDF_EMPTY, PDF_ENCRYPTED, PDF_TOO_LARGE.
    """
    on_page = [signer for signer in signers if signer.needs_page]
    names = [signer.name for signer in on_page]
    task = Task(
        str(source),
        str(target),
        tuple(signer.index for signer in signers if signer.by_tag),
        tuple(signer.index for signer in on_page),
        signature_pages(names, language, document_name) if names else None,
    )
    room = (source.stat().st_size >> 20) * 2 + GROWTH_MEGABYTES
    try:
        return sandbox.run(prepare_here, task, seconds=SECONDS, megabytes=MEGABYTES, written_megabytes=room)
    except sandbox.EngineFailed as error:
        target.unlink(missing_ok=True)
        if any(sign in error.detail for sign in ("MemoryError", "bad_alloc", "File too large")):
            raise RefusedPdf("PDF_TOO_LARGE", _("The PDF unpacks to more than can be handled.")) from error
        raise RefusedPdf("PDF_INVALID", _("The PDF is damaged.")) from error
    except SandboxError as error:
        target.unlink(missing_ok=True)
        raise RefusedPdf("PDF_TOO_LARGE", _("The PDF unpacks to more than can be handled.")) from error
    except (RefusedPdf, OSError):
        target.unlink(missing_ok=True)
        raise


def prepare_here(task: Task) -> Prepared:
    """``prepare`` without the sandbox around it."""
    with open_pdf(Path(task.source)) as pdf:
        examined = examine(pdf)  # refuses bombs before any engine unpacks something
        found, geometries = examined.inspection, examined.geometries
        placed = _tags(task)
        boxes: dict[int, tuple[Box, ...]] = {}
        for tag in placed:
            boxes[tag.index] = (*boxes.get(tag.index, ()), tag.place(geometries[tag.page]))
        if missing := [index for index in task.by_tag if index not in boxes]:
            raise MissingTags(missing)
        is_clear = "REPAIRED" not in found.warnings and is_plain(Path(task.source))
        if found.signatures or (is_clear and not (examined.changed or placed or task.pages)):
            return Prepared(found, boxes, changed=False)
        if not is_clear:
            _require_one_reading(pdf, task)
        _write(pdf, task, placed, {})
    if covered := _to_cover(task, placed, geometries):
        with open_pdf(Path(task.source)) as pdf:
            clean(pdf)
            _write(pdf, task, placed, covered)
    return Prepared(_shown(found, task), {**boxes, **_on_page(task, len(geometries))}, changed=True)


def _require_one_reading(pdf: Any, task: Task) -> None:
    """Refuse a PDF in which programs read different things; qpdf's reading is written out to be compared."""
    save(pdf, task.target)
    if not reads_alike(task.source, task.target):
        raise RefusedPdf("PDF_INVALID", _("Programs read different texts in this PDF. Save or print it as a new PDF."))


def _shown(found: Inspection, task: Task) -> Inspection:
    """What the target holds, from what the source held: active content is gone, pages for signatures are there."""
    more = {box.page for box in task.pages.boxes} if task.pages else set()
    pages = (*found.pages, *(PageSize(*PAGE) for _page in more))
    warnings = {f"{code}_REMOVED" if f"{code}_REMOVED" in WARNINGS else code for code in found.warnings}
    return Inspection(pages, 0, tuple(code for code in WARNINGS if code in warnings))


def _tags(task: Task) -> list[tags.Tag]:
    import pypdfium2

    found: list[tags.Tag] = []
    if task.by_tag:
        with pypdfium2.PdfDocument(task.source) as pdf:
            for number, page in enumerate(pdf):
                found.extend(tags.find(page.get_textpage(), number, task.by_tag))
    return found


def _write(pdf: Any, task: Task, placed: Sequence[tags.Tag], covered: Mapping[int, tags.Covers]) -> None:
    """The target: tags taken out, or covered on the pages that ``covered`` names, and the signature pages added."""
    import pikepdf

    for number, here in tags.by_page(placed).items():
        page = pdf.pages[number].obj
        if number in covered:
            tags.cover(pdf, page, covered[number])
        else:
            erase_from_page(pdf, page, {tag.index for tag in here})
    if task.pages is None:
        save(pdf, task.target)
    else:
        with pikepdf.open(io.BytesIO(task.pages.pdf)) as more:
            pdf.pages.extend(more.pages)
            save(pdf, task.target)


def _to_cover(task: Task, placed: Sequence[tags.Tag], geometries: Sequence[PageGeometry]) -> dict[int, tags.Covers]:
    """By page, the tags whose letters could not be taken out without a trace."""
    import pypdfium2

    if not placed:
        return {}
    with pypdfium2.PdfDocument(task.source) as before, pypdfium2.PdfDocument(task.target) as after:
        return {
            number: [(tag.box, tags.background(before[number], tag, geometries[number])) for tag in here]
            for number, here in tags.by_page(placed).items()
            if tags.is_left(before[number], after[number], here, geometries[number])
        }


def _on_page(task: Task, before: int) -> dict[int, tuple[Box, ...]]:
    if task.pages is None:
        return {}
    return {
        index: (replace(box, page=before + box.page),)
        for index, box in zip(task.on_page, task.pages.boxes, strict=True)
    }
