"""The way of a PDF into a process: looked at, made ready to be read and signed, kept twice where that changed it."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.files import storage
from rubrica.files.intake import Arrived, made
from rubrica.files.models import Blob
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Document
from rubrica.processes.sending import Place
from rubrica.sealing.geometry import box_fits
from rubrica.sealing.inspect import ACTIVE_REFUSED, is_active
from rubrica.sealing.intake import MissingTags, Prepared, Signer, prepare
from rubrica.sealing.values import Box, Inspection, PageSize, RefusedPdf
from rubrica.sealing.verify import verify


@dataclass(frozen=True)
class Signing:
    """One who signs or reads a PDF: the places that were given, else a tag, else a line on a page of signatures."""

    index: int
    name: str
    signs: bool = True
    by_label: bool = False
    places: Sequence[Place] = ()
    path: tuple[str | int, ...] = ()

    @property
    def signer(self) -> Signer:
        return Signer(self.index, self.name, self.by_label, self.signs and not self.by_label and not self.places)


@dataclass(frozen=True)
class Ready:
    """A PDF as it came, as it is shown, where on it each index signs, and what was found in it."""

    original: Blob
    shown: Blob
    pages: list[list[float]]
    boxes: Mapping[int, Sequence[Box]]
    found: Mapping[str, Any]


def make_ready(organization: Organization, arrived: Arrived, signings: Sequence[Signing], title: str) -> Ready:
    """Raises RefusedPdf, or Invalid for boxes off the page and tags that are missing; nothing is stored then.

    With PDF_ACTIVE where the organization wants what is active in a PDF refused instead of removed.
    """
    database.let_go()
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder:
        target = Path(folder) / "shown.pdf"
        prepared = _prepare(arrived.path, target, signings, organization.language, title)
        if organization.refuses_active_content and is_active(prepared.inspection):
            raise RefusedPdf("PDF_ACTIVE", ACTIVE_REFUSED)
        found = _found(arrived.path, prepared.inspection)
        check_places(_as_sent(prepared, signings), [place for signing in signings for place in signing.places])
        original = Blob.keep(organization, arrived)
        shown = Blob.keep(organization, made(target, "application/pdf")) if prepared.changed else original
    given = {signing.index: [place.box for place in signing.places] for signing in signings if signing.places}
    return Ready(original, shown, page_sizes(prepared.inspection), {**prepared.boxes, **given}, found)


def _found(source: Path, inspection: Inspection) -> dict[str, Any]:
    """Codes of ``inspect.WARNINGS``, how many signatures the PDF came with, and how many of those are whole.

    Who made them is not asked here: that the bytes they cover are unchanged does not depend on whom one trusts.
    """
    found: dict[str, Any] = {"warnings": list(inspection.warnings), "signatures": inspection.signatures, "sound": 0}
    if inspection.signatures:
        found["sound"] = sum(1 for signature in verify(source, [])["signatures"] if signature["intact"])
    return found


def _as_sent(prepared: Prepared, signings: Sequence[Signing]) -> Sequence[PageSize]:
    """The pages without those of signatures, which come last and are nobody's to place a box on.

    A PDF that came signed gets no such pages, and nobody has a box on one.
    """
    added = [
        box.page for signing in signings if signing.signer.needs_page for box in prepared.boxes.get(signing.index, ())
    ]
    return prepared.inspection.pages[: min(added) - 1 if added else None]


def _prepare(source: Path, target: Path, signings: Sequence[Signing], language: str, title: str) -> Prepared:
    try:
        return prepare(source, target, [signing.signer for signing in signings], language, title)
    except MissingTags as missing:
        sentence = "The PDF has no tag {{signature:%(index)s}} as plain text."
        paths = {signing.index: signing.path for signing in signings}
        problems = [
            Problem((*paths[index], "label"), "TAG_MISSING", sentence, {"index": index}) for index in missing.indexes
        ]
        raise Invalid(*problems) from None


def page_sizes(inspection: Inspection) -> list[list[float]]:
    return [[page.width, page.height] for page in inspection.pages]


def check_places(pages: Sequence[PageSize], places: Sequence[Place]) -> None:
    """Raises Invalid naming each box that lies on no page or off its page."""
    problems = [_misplaced(place, len(pages)) for place in places if not box_fits(pages, place.box)]
    if problems:
        raise Invalid(*problems)


def _misplaced(place: Place, pages: int) -> Problem:
    if not 1 <= place.box.page <= pages:
        return Problem((*place.path, "page"), "out_of_range", "The document has no such page.")
    return Problem(place.path, "off_page", "The signature box does not lie wholly on its page.")


def receive_document(document: Document, arrived: Arrived, by: Actor) -> None:
    """Takes the PDF of a document that was announced without one. Raises RefusedPdf, Invalid or Refused."""
    ready = make_ready(document.organization, arrived, _signings(document), document.name)
    document.receive(ready, by)


def _signings(document: Document) -> list[Signing]:
    boxes: dict[int, list[Place]] = {}
    for box in document.boxes.all():
        place = Place(Box(box.page, box.x, box.y, box.width, box.height), ("position",))
        boxes.setdefault(box.participant_id, []).append(place)
    return [
        Signing(
            part.index,
            part.participant.name,
            part.participant.is_signer,
            part.by_label,
            boxes.get(part.participant_id, ()),
        )
        for part in document.parts.select_related("participant")
    ]
