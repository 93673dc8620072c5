"""What a seal binds: what was shown or delivered, who did what and when, and how far the history had come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID
from django.conf import settings

from rubrica import clock
from rubrica.processes import ledger
from rubrica.processes.actor import PARTICIPANT
from rubrica.processes.identity import sealed_checks
from rubrica.processes.models import (
    Document,
    Event,
    Participant,
    Process,
    RequestedFile,
    Signature,
    SignatureBox,
    Submission,
)
from rubrica.sealing.typeset.wording import words
from rubrica.sealing.values import (
    Appearance,
    Box,
    FilledField,
    Role,
    Seal,
    SealedCertificate,
    SealedDocument,
    SealedFile,
    SealedParticipant,
    SigningKey,
)

# What somebody did themselves, by which address and browser are told; what decides comes last in any process.
ACTS = (Event.Kind.OPENED, Event.Kind.CONSENTED, Event.Kind.CAPTURED, Event.Kind.CHECK_PASSED, Event.Kind.FILE_UPLOADED,
        Event.Kind.APPROVED, Event.Kind.SIGNED)  # fmt: skip


@dataclass(frozen=True)
class Act:
    ip: str
    user_agent: str


def order(document: Document, key: SigningKey | None = None) -> Seal:
    """To seal a document: the PDF that was shown, its people, and every file that came with it."""
    process, shown = document.process, document.shown
    assert shown is not None, "a document without bytes is never sealed"
    people = process.participants.filter(parts__document=document).select_related(
        "signature__image", "signature__initials"
    )
    return _order(
        process,
        key,
        document_name=document.name,
        document_code=document.code,
        document_sha256=shown.sha256,
        document_size=shown.size,
        original_sha256=document.original.sha256 if document.original else "",
        finished_at=_everybody_done(process),
        level="B-LTA" if settings.TSA else "B-B",
        is_prepared=document.is_prepared,
        participants=tuple(_people(process, people, document)),
    )


def evidence_order(process: Process, key: SigningKey | None = None) -> Seal:
    """To seal evidence that is apart from any document; the digest of its pages is not known yet."""
    people = process.participants.exclude(role=Participant.Role.READER).select_related(
        "signature__image", "signature__initials"
    )
    text = words(process.language)
    kind = "" if process.is_signed_by_each else process.kind
    return _order(
        process,
        key,
        document_name=text.get(f"title_{kind}", text["title"]),
        documents=tuple(_documents(process)),
        document_code="",
        document_sha256="",
        is_evidence=True,
        is_prepared=True,  # the pages are made by ourselves
        level="B-LTA" if settings.TSA else "B-B",
        finished_at=process.ended_at or clock.now(),
        participants=tuple(_people(process, people)),
    )


def _order(process: Process, key: SigningKey | None, **particular: object) -> Seal:
    common: dict[str, object] = {
        "process_id": process.public_id,
        "process_name": process.name,
        "sealed_at": clock.now(),
        "language": process.language,
        "organization": process.organization.name,
        "files": tuple(files(process)),
        "verify_url": f"{settings.PUBLIC_URL}/verify",
        "kind": process.kind,
        "certificate": _certificate(key.certificate) if key else None,
        "chain_length": process.chain_length,
        "chain_head": bytes(process.chain_head).hex(),
        "ledger": ledger.in_words(process.organization),
    }
    return Seal(**common, **particular)  # type: ignore[arg-type]


def _certificate(certificate: Certificate) -> SealedCertificate:
    def common_name(name: object) -> str:
        found = name.get_attributes_for_oid(NameOID.COMMON_NAME)  # type: ignore[attr-defined]
        return str(found[0].value) if found else name.rfc4514_string()  # type: ignore[attr-defined]

    return SealedCertificate(
        subject=common_name(certificate.subject),
        issuer=common_name(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _everybody_done(process: Process) -> datetime:
    """When the last act was done or the last file approved, which is when sealing first began."""
    begun = process.events.filter(kind=Event.Kind.SEALING).order_by("sequence").first()
    return begun.at if begun else clock.now()


def _people(
    process: Process, people: Iterable[Participant], document: Document | None = None
) -> Iterable[SealedParticipant]:
    acts: dict[str, Act] = {}
    for event in process.events.filter(kind__in=[*ACTS, Event.Kind.EMAIL_CHANGED]).order_by("sequence"):
        if event.kind == Event.Kind.EMAIL_CHANGED:
            acts.pop(event.data["participant"], None)  # whoever did it is not who is asked now
        elif event.actor_kind == PARTICIPANT:
            acts[event.actor] = Act(event.ip, event.user_agent)  # the last one of each stays
    for person in people:
        person.process = process  # known, and not asked for once a person
        yield _participant(person, acts, document)


def _participant(person: Participant, acts: Mapping[str, Act], document: Document | None) -> SealedParticipant:
    signature: Signature | None = getattr(person, "signature", None)
    act = signature or acts.get(person.public_id)
    signs = {"document": document, "kind": SignatureBox.Kind.SIGNATURE}
    boxes = person.boxes.filter(**signs) if signature and document else ()
    return SealedParticipant(
        id=person.public_id,
        name=person.name,
        email=person.email,
        role=_role(person, document),
        order=person.order,
        acted_at=person.finished_at,
        ip=act.ip if act else "",
        user_agent=act.user_agent if act else "",
        checks=tuple(sealed_checks(person)),
        consent=signature.consent if signature else "",
        reference=f"{document.code if document else ''}{person.public_id}",
        appearance=_appearance(signature) if signature else None,
        boxes=tuple(Box(box.page, box.x, box.y, box.width, box.height) for box in boxes),
        initials=_initials(signature) if signature else None,
        fields=tuple(_fields(person, document)) if signature else (),
    )


def _fields(person: Participant, document: Document | None) -> list[FilledField]:
    """Those in this document; in evidence that is apart, those of all, each with the code of its own."""
    boxes = person.boxes.exclude(kind=SignatureBox.Kind.SIGNATURE).select_related("document")
    if document is not None:
        return [box.filled() for box in boxes.filter(document=document)]
    return [box.filled(box.document.code) for box in boxes.order_by("document__position", "page", "pk")]


def _role(person: Participant, document: Document | None) -> Role:
    if not person.is_signer:
        return "approver"
    if document is not None or person.process.is_signed_by_each:
        return "signer"
    return "subject" if person.process.kind == Process.Kind.IDENTITY else "deliverer"


def _documents(process: Process) -> Iterable[SealedDocument]:
    for document in process.documents.select_related("shown", "original", "sealed").order_by("position", "pk"):
        assert document.shown is not None and document.sealed is not None, "a process ends when all are sealed"
        is_changed = document.original is not None and document.original_id != document.shown_id
        yield SealedDocument(
            name=document.name,
            code=document.code,
            sha256=document.shown.sha256,
            size=document.shown.size,
            sealed_sha256=document.sealed.sha256,
            sealed_size=document.sealed.size,
            original_sha256=document.original.sha256 if is_changed and document.original else "",
        )


def _appearance(signature: Signature) -> Appearance:
    if signature.image is None:
        return Appearance(text=signature.text)
    with signature.image.open() as image:
        return Appearance(image=image.read())


def _initials(signature: Signature) -> Appearance | None:
    if signature.initials is None:
        return Appearance(text=signature.initials_text) if signature.initials_text else None
    with signature.initials.open() as image:
        return Appearance(image=image.read())


def delivered(process: Process) -> list[tuple[RequestedFile, Submission]]:
    """Each file that came in, in the order in which manifests list them and bundles number them."""
    slots = process.requested_files.select_related("participant", "current__blob")
    return [(slot, slot.current) for slot in slots if slot.current is not None]


def files(process: Process) -> list[SealedFile]:
    return [_file(slot, submission) for slot, submission in delivered(process)]


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
