"""The end of a document: everything that was agreed and delivered becomes one sealed PDF."""

import tempfile
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import transaction

from rubrica import clock
from rubrica.files import intake, storage
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.processes import levels, signing
from rubrica.processes.actor import RUBRICA
from rubrica.processes.binding import order
from rubrica.processes.models import Document, Event, Process
from rubrica.sealing.keyring.keys import signing_key
from rubrica.sealing.levels.stamping import stamped
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.values import SealResult, SigningKey
from rubrica.sealing.writing.seal import seal

__all__ = ["order", "record_failure", "seal_document", "sign_in"]


def sign_in(document_id: int) -> None:
    """Puts the signatures that were given into a document that each signs, once each, however often it runs.

    Without effect where the process has ended, where it was taken back and its documents are others now, and where the
    seal has begun, which does this itself.
    """
    found = Document.objects.select_related("process__organization", "shown").filter(pk=document_id)
    document = found.filter(state=Document.State.OPEN, process__state=Process.State.OPEN).first()
    if document is None:
        return
    try:
        signing.caught_up(document)
    except Exception as failure:
        # As below: the owner sees why, and the job that called decides about more tries.
        record_failure(document.pk, str(failure) or type(failure).__name__)
        raise


def seal_document(document_id: int) -> None:
    """Seals once, however often it runs. A failure is written on the row, where the owner sees it, and raised again."""
    document = Document.objects.select_related("process__organization", "shown", "original").get(pk=document_id)
    if document.state != Document.State.SEALING:
        return
    try:
        blob, result, trouble = _make_sealed_blob(document)
    except Exception as failure:
        # Whatever it was, the owner sees why and can try again; the job that called decides about more tries.
        record_failure(document.pk, str(failure) or type(failure).__name__)
        raise
    _publish(document, blob, result, trouble)


def _make_sealed_blob(document: Document) -> tuple[Blob, SealResult, NotRaised | None]:
    """With the reason why the seal has no timestamp, where one was to be had."""
    organization = document.process.organization
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder:
        target = Path(folder) / "sealed.pdf"
        key, stamper = stamped(signing_key(organization), settings.TSA)
        result = _sealed(document, target, key)
        arrived = intake.Arrived(target, result.size, result.sha256, "application/pdf")
        blob = Blob.keep(organization, arrived)
    if stamper is None:
        return blob, result, None
    return blob, replace(result, level=stamper.level), stamper.trouble


def _sealed(document: Document, target: Path, key: SigningKey) -> SealResult:
    if document.process.is_signed_by_each:
        return signing.close(document, target, key)
    assert document.shown is not None, "a document without bytes is never sealed"
    with local_path(document.shown) as source:
        return seal(source, target, order(document, key), key)


@transaction.atomic
def _publish(document: Document, blob: Blob, result: SealResult, trouble: NotRaised | None) -> None:
    process = Process.objects.select_for_update().get(pk=document.process_id)
    published = Document.objects.filter(pk=document.pk, state=Document.State.SEALING).update(
        state=Document.State.SEALED, sealed=blob, sealed_at=clock.now(), level=result.level, seal_error=""
    )
    if published != 1:
        return  # Another run of this job was first; what this one made is purged in time.
    about = {"code": document.code, "sha256": blob.sha256, "size": blob.size, "level": result.level}
    process.record(Event.Kind.SEALED, RUBRICA, **about)
    levels.begin(document, trouble)
    process.document_sealed()


@transaction.atomic
def record_failure(document_id: int, reason: str) -> None:
    """Writes the reason where the owner sees it and can try again."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None:
        return  # taken back since, and sent anew
    process = Process.objects.select_for_update().get(pk=document.process_id)
    if Document.objects.filter(pk=document.pk, state__in=signing.GROWING).update(seal_error=reason) == 1:
        process.record(Event.Kind.SEAL_FAILED, RUBRICA, code=document.code, reason=reason)
