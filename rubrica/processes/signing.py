"""Signer by signer: each signature becomes the next revision of its document, and the seal the last one.

A job adds what is missing whenever somebody has signed, and the seal makes good whatever that job did not get to. The
file is made first and counts when its row is there: a run that dies in between leaves bytes that nobody points at.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction

from rubrica import clock
from rubrica.database import let_go
from rubrica.files import intake, storage
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.processes import binding
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Event, Participant, Process, Signature, SignatureBox, SignedRevision
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.levels.stamping import stamped
from rubrica.sealing.signers import each
from rubrica.sealing.signers.persons import key_for
from rubrica.sealing.values import Box, SealResult, SigningKey

PDF = "application/pdf"
GROWING = (Document.State.OPEN, Document.State.SEALING)


def caught_up(document: Document) -> SignedRevision | None:
    """The newest revision, once everybody who has signed is in it. None where the process has ended in the meantime.

    Raises SealFailed, and KeyUnusable.
    """
    while True:
        newest = document.revisions.select_related("blob").order_by("-number").first()
        missing = _missing(document)
        if newest is not None and missing is None:
            return newest
        if newest is None or missing is None:
            blob, participant, number = _begun(document), None, 0
        else:
            blob, participant, number = _signed(document, newest, missing), missing.participant, newest.number + 1
        if not _keep(document, participant, number, blob):
            return None


def close(document: Document, target: Path, key: SigningKey) -> SealResult:
    """The organization's seal after everybody's signature. Raises as ``caught_up``."""
    newest = caught_up(document)
    assert newest is not None, "nothing ends a process while its document is being sealed"
    with _source(newest.blob) as source:
        sha256 = each.close(source, target, key, clock.now(), _reason(document))
    return SealResult(sha256, target.stat().st_size, len(document.pages), 0)


def _missing(document: Document) -> Signature | None:
    """The first one that was given and is not in the document yet; they are numbered in the order of their events."""
    signed = Signature.objects.filter(participant__in=_signers(document)).select_related("participant")
    there = document.revisions.exclude(participant=None).values("participant")
    return signed.exclude(participant__in=there).order_by("pk").first()


def _signers(document: Document) -> list[Participant]:
    return list(document.process.participants.filter(parts__document=document, role=Participant.Role.SIGNER))


def _begun(document: Document) -> Blob:
    assert document.shown is not None, "nobody signs a document without bytes"
    key, _stamper = stamped(signing_key(document.process.organization), settings.TSA)
    places = [_place(document, person) for person in _signers(document)]

    def begin(source: each.Source, target: Path) -> str:
        return each.begin(source, target, places, key, clock.now(), _reason(document))

    return _made(document, document.shown, begin)


def _signed(document: Document, before: SignedRevision, signature: Signature) -> Blob:
    person, organization = signature.participant, document.process.organization
    order, place = binding.order(document), _place(document, person)
    (named,) = [one for one in order.participants if one.id == person.public_id]

    def add(source: each.Source, target: Path) -> str:
        short = key_for(organization, person.name, person.email, is_timestamped=settings.TSA is not None)
        key, stamper = stamped(short, settings.TSA)
        sha256 = each.add(source, target, place, order, named, key, clock.now())
        if stamper is None or stamper.trouble is None:
            return sha256
        # Nothing proves that it was made in the few hours of that certificate: again, with one that lives long.
        lasting = key_for(organization, person.name, person.email, is_timestamped=False)
        return each.add(source, target, place, order, named, lasting, clock.now())

    return _made(document, before.blob, add)


def _made(document: Document, before: Blob, make: Callable[[each.Source, Path], str]) -> Blob:
    """``make`` gives the SHA-256 of the file that it made from the one before."""
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder, _source(before) as source:
        target = Path(folder) / "signed.pdf"
        sha256 = make(source, target)
        return Blob.keep(document.process.organization, intake.Arrived(target, target.stat().st_size, sha256, PDF))


@contextmanager
def _source(blob: Blob) -> Iterator[each.Source]:
    let_go()
    with local_path(blob) as path:
        yield each.Source(path, blob.sha256)


@transaction.atomic
def _keep(document: Document, participant: Participant | None, number: int, blob: Blob) -> bool:
    """Makes the row that lets the file count, unless another run was first. False where signatures are void now."""
    process = Process.objects.select_for_update().get(pk=document.process_id)
    growing = Document.objects.filter(pk=document.pk, state__in=GROWING)
    if not process.is_open or not growing.exists():
        return False
    if SignedRevision.objects.filter(document=document, number=number).exists():
        return True
    SignedRevision.objects.create(
        organization_id=document.organization_id, document=document, participant=participant, number=number, blob=blob
    )
    growing.exclude(seal_error="").update(seal_error="")
    about = {"code": document.code, "sha256": blob.sha256, "size": blob.size}
    if participant is None:
        process.record(Event.Kind.SIGNING, RUBRICA, **about)
    else:
        process.record(Event.Kind.SIGNED_IN, RUBRICA, participant=participant.public_id, **about)
    return True


def _place(document: Document, person: Participant) -> each.Place:
    boxes = list(person.boxes.filter(document=document))
    signed = next((box.field for box in boxes if box.kind == SignatureBox.Kind.SIGNATURE), None)
    place = Box(signed.page, signed.x, signed.y, signed.w, signed.h) if signed else None
    filled = [box.field for box in boxes if box.kind != SignatureBox.Kind.SIGNATURE]
    return each.Place(f"{document.code}{person.public_id}", place, filled)


def _reason(document: Document) -> str:
    return document.process.name[:200]
