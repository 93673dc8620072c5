"""The end of a document: everything that was agreed and delivered becomes one sealed PDF."""

import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from rubrica import clock
from rubrica.files import intake, storage
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.processes.actor import RUBRICA
from rubrica.processes.identity import sealed_checks
from rubrica.processes.models import Document, Event, Participant, Process, RequestedFile, Signature, Submission
from rubrica.sealing.keys import signing_key
from rubrica.sealing.seal import seal
from rubrica.sealing.values import Appearance, Box, Seal, SealedFile, SealedParticipant, SealResult


def seal_document(document_id: int) -> None:
    """Seals once, however often it runs. A failure is written on the row, where the owner sees it, and raised again."""
    document = Document.objects.select_related("process__organization", "shown", "original").get(pk=document_id)
    if document.state != Document.State.SEALING:
        return
    try:
        blob, result = _make_sealed_blob(document)
    except Exception as failure:
        # Whatever it was, the owner sees why and can try again; the job that called decides about more tries.
        record_failure(document.pk, str(failure) or type(failure).__name__)
        raise
    _publish(document, blob, result)


def _make_sealed_blob(document: Document) -> tuple[Blob, SealResult]:
    assert document.shown is not None, "a document without bytes is never sealed"
    organization = document.process.organization
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as folder, local_path(document.shown) as source:
        target = Path(folder) / "sealed.pdf"
        result = seal(source, target, order(document), signing_key(organization))
        arrived = intake.Arrived(target, result.size, result.sha256, "application/pdf")
        return Blob.keep(organization, arrived), result


@transaction.atomic
def _publish(document: Document, blob: Blob, result: SealResult) -> None:
    process = Process.objects.select_for_update().get(pk=document.process_id)
    published = Document.objects.filter(pk=document.pk, state=Document.State.SEALING).update(
        state=Document.State.SEALED, sealed=blob, sealed_at=clock.now(), level=result.level, seal_error=""
    )
    if published != 1:
        return  # Another run of this job was first; what this one made is purged in time.
    process.record(Event.Kind.SEALED, RUBRICA, code=document.code, sha256=blob.sha256, level=result.level)
    process.document_sealed()


@transaction.atomic
def record_failure(document_id: int, reason: str) -> None:
    """Writes the reason where the owner sees it and can try again."""
    document = Document.objects.get(pk=document_id)
    process = Process.objects.select_for_update().get(pk=document.process_id)
    if Document.objects.filter(pk=document.pk, state=Document.State.SEALING).update(seal_error=reason) == 1:
        process.record(Event.Kind.SEAL_FAILED, RUBRICA, code=document.code, reason=reason)


def order(document: Document) -> Seal:
    """What the seal binds: the PDF that was shown, who did what, and every file that came with it."""
    process = document.process
    participants = process.participants.filter(parts__document=document).select_related("signature__image")
    assert document.shown is not None
    return Seal(
        document_name=document.name,
        document_code=document.code,
        document_sha256=document.shown.sha256,
        original_sha256=document.original.sha256 if document.original else "",
        process_id=process.public_id,
        process_name=process.name,
        finished_at=_everybody_done(process),
        sealed_at=clock.now(),
        language=process.language,
        organization=process.organization.name,
        participants=tuple(_participant(participant, document) for participant in participants),
        files=tuple(_files(process)),
        verify_url=f"{settings.PUBLIC_URL}/verify",
    )


def _everybody_done(process: Process) -> datetime:
    """When the last act was done or the last file approved, which is when sealing first began."""
    begun = process.events.filter(kind=Event.Kind.SEALING).order_by("sequence").first()
    return begun.at if begun else clock.now()


def _participant(participant: Participant, document: Document) -> SealedParticipant:
    signature: Signature | None = getattr(participant, "signature", None)
    approved = participant.process.events.filter(kind=Event.Kind.APPROVED, actor=participant.public_id).last()
    act = signature or approved
    boxes = participant.boxes.filter(document=document) if signature else ()
    return SealedParticipant(
        name=participant.name,
        email=participant.email,
        role="signer" if participant.is_signer else "approver",
        order=participant.order,
        acted_at=participant.finished_at,
        ip=act.ip if act else "",
        user_agent=act.user_agent if act else "",
        checks=tuple(sealed_checks(participant)),
        consent=signature.consent if signature else "",
        reference=f"{document.code}{participant.public_id}",
        appearance=_appearance(signature) if signature else None,
        boxes=tuple(Box(box.page, box.x, box.y, box.width, box.height) for box in boxes),
    )


def _appearance(signature: Signature) -> Appearance:
    if signature.image is None:
        return Appearance(text=signature.text)
    with signature.image.open() as image:
        return Appearance(image=image.read())


def _files(process: Process) -> list[SealedFile]:
    slots = process.requested_files.select_related("participant", "current__blob")
    return [_file(slot, slot.current) for slot in slots if slot.current is not None]


def _file(slot: RequestedFile, submission: Submission) -> SealedFile:
    return SealedFile(
        participant=slot.participant.name,
        slot=slot.name,
        name=submission.file_name,
        size=submission.blob.size,
        sha256=submission.blob.sha256,
        submitted_at=submission.created_at,
        decided_by=submission.decided_by,
        decided_at=submission.decided_at,
        decision="approved" if submission.decision == "approved" else "rejected",
    )
