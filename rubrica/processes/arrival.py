"""The way of a PDF into a process: looked at, made ready to be read and signed, kept twice where that changed it."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock, database
from rubrica.accounts.models import Organization
from rubrica.files import storage
from rubrica.files.intake import Arrived, made
from rubrica.files.models import Blob
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.processes.models import Document, SignatureBox
from rubrica.processes.models.document import field_of
from rubrica.processes.sending import Place
from rubrica.sealing.intake.inspect import ACTIVE_REFUSED, is_active
from rubrica.sealing.intake.prepare import MissingTags, Prepared, Signer, prepare
from rubrica.sealing.keyring import keys
from rubrica.sealing.pdf.geometry import box_fits
from rubrica.sealing.signers import each
from rubrica.sealing.values import Box, Inspection, KeyUnusable, PageSize, RefusedPdf, SealFailed
from rubrica.sealing.verification.verify import verify


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
    def has_place(self) -> bool:
        """To sign in; fields to fill in are none."""
        return any(_is_to_sign(place.box) for place in self.places)

    @property
    def signer(self) -> Signer:
        return Signer(self.index, self.name, self.by_label, self.signs and not self.by_label and not self.has_place)


@dataclass(frozen=True)
class Ready:
    """A PDF as it came, as it is shown, where on it each index signs, and what was found in it."""

    original: Blob
    shown: Blob
    pages: list[list[float]]
    boxes: Mapping[int, Sequence[Box]]
    found: Mapping[str, Any]


def check_key(organization: Organization) -> None:
    """Raises Refused with SIGNING_KEY_UNUSABLE: what cannot be sealed is not promised."""
    try:
        keys.check_usable(organization)
    except KeyUnusable as unusable:
        raise Refused(unusable.code, unusable.sentence) from unusable


def make_ready(
    organization: Organization, arrived: Arrived, signings: Sequence[Signing], title: str, *, by_each: bool = False
) -> Ready:
    """Raises RefusedPdf, or Invalid for boxes off the page and tags that are missing; nothing is stored then.

    With PDF_ACTIVE where the organization wants what is active in a PDF refused instead of removed. ``by_each``: also
    for a PDF in which people cannot sign one by one, and for who has no place or more than one.
    """
    database.let_go()
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder:
        target = Path(folder) / "shown.pdf"
        prepared = _prepare(arrived.path, target, signings, organization.language, title)
        if organization.refuses_active_content and is_active(prepared.inspection):
            raise RefusedPdf("PDF_ACTIVE", ACTIVE_REFUSED)
        found = _found(arrived.path, prepared.inspection)
        check_places(_as_sent(prepared, signings), [place for signing in signings for place in signing.places])
        boxes = {**prepared.boxes, **{signing.index: _boxes(signing, prepared) for signing in signings}}
        if by_each:
            _rehearse(target if prepared.changed else arrived.path, signings, boxes)
        original = Blob.keep(organization, arrived)
        shown = Blob.keep(organization, made(target, "application/pdf")) if prepared.changed else original
    return Ready(original, shown, page_sizes(prepared.inspection), boxes, found)


def _boxes(signing: Signing, prepared: Prepared) -> list[Box]:
    """Fields are where the sender put them; so are signatures, or else at tags or on a page of their own."""
    found = () if signing.has_place else prepared.boxes.get(signing.index, ())
    return [*found, *(place.box for place in signing.places)]


def _is_to_sign(box: Box) -> bool:
    return field_of(box).kind == SignatureBox.Kind.SIGNATURE.value


def _signed_and_filled(boxes: Sequence[Box]) -> tuple[Box, list[Box]]:
    return next(filter(_is_to_sign, boxes)), [box for box in boxes if not _is_to_sign(box)]


def _rehearse(path: Path, signings: Sequence[Signing], boxes: Mapping[int, Sequence[Box]]) -> None:
    """What stands in the way of signing one by one is found before anybody is asked."""
    if problems := [*_each_problems(signings, boxes)]:
        raise Invalid(*problems)
    places = [
        each.Place(str(signing.index), *_signed_and_filled(boxes[signing.index]))
        for signing in signings
        if signing.signs
    ]
    try:
        each.rehearse(path, places, clock.now())
    except SealFailed as failure:
        if failure.code == "PDF_SIGNED":
            raise RefusedPdf(failure.code, failure.detail) from failure
        raise RefusedPdf("PDF_INVALID", _("People cannot sign in this PDF one by one.")) from failure


def _each_problems(signings: Sequence[Signing], boxes: Mapping[int, Sequence[Box]]) -> Iterator[Problem]:
    """A signature in a PDF is in one field, and one field in one place."""
    if sum(signing.signs for signing in signings) > each.MOST_PLACES:
        sentence = "In one document %(most)s people can sign by themselves at the most."
        yield Problem(("signatures",), "too_many", sentence, {"most": each.MOST_PLACES})
    for signing in signings:
        found = sum(_is_to_sign(box) for box in boxes.get(signing.index, ()))
        if signing.signs and found != 1:
            yield Problem(signing.path, "one_place_each", "Who signs by themselves signs in one place of a document.")
        elif found and not signing.signs:
            sentence = "Where everybody signs by themselves, an approver has no place on the pages."
            yield Problem(signing.path, "one_place_each", sentence)


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
    check_key(document.organization)
    by_each = document.process.is_signed_by_each
    ready = make_ready(document.organization, arrived, _signings(document), document.name, by_each=by_each)
    document.receive(ready, by)


def _signings(document: Document) -> list[Signing]:
    boxes: dict[int, list[Place]] = {}
    for box in document.boxes.all():
        place = Place(box.field, ("position",))
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
