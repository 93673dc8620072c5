"""How a process begins, or begins anew after it was edited: checked whole, stored in one transaction."""

import json
import secrets
import string
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import timedelta
from typing import Any

from django.db import transaction
from procrastinate.types import JSONValue

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.database import insert, insert_many
from rubrica.limits import quotas
from rubrica.processes import fields, jobs, listeners
from rubrica.processes.actor import PARTICIPANT, Actor
from rubrica.processes.arrival import Ready, Signing, check_key, make_ready
from rubrica.processes.errors import Refused
from rubrica.processes.models import Document, Due, IdentityCheck, Part, Participant, Process, RequestedFile
from rubrica.processes.models.process import new_identity_code
from rubrica.processes.sending import Paper, Person, Sending

ID_ALPHABET = string.ascii_uppercase + string.digits

People = Sequence[int]  # the rows' ids, in the order of the sending


def start(
    organization: Organization, sending: Sending, by: Actor, then: Callable[[Process], object] | None = None
) -> Process:
    """Makes the process with all its rows and the jobs of the first group; ``then`` belongs to the same transaction.

    Raises Invalid for boxes that lie off the page and tags that are missing, RefusedPdf for a PDF that cannot be
    signed, Refused where a quota of the organization is reached; nothing is stored then.
    """
    if quotas.is_full(organization):
        raise Refused("QUOTA_BYTES", quotas.BYTES_REACHED)
    ready = ready_papers(organization, sending)
    with transaction.atomic():
        _count(organization)
        process = Process(organization=organization, **columns(organization, sending))
        if sending.kind == Process.Kind.IDENTITY:
            process.public_id = new_identity_code()
        event = process.begin(by)
        fill(process, sending, ready)
        listeners.tell(event)
        if then is not None:
            then(process)
    return process


def _count(organization: Organization) -> None:
    try:
        quotas.count_process(organization)
    except quotas.QuotaReached as reached:
        raise Refused(reached.code, reached.sentence) from None


def ready_papers(organization: Organization, sending: Sending) -> list[Ready | None]:
    """Each paper's PDF made ready, or None where it has yet to come. Outside any transaction, as it takes its time.

    Raises Refused with SIGNING_KEY_UNUSABLE before anything is stored: what cannot be sealed is not promised.
    """
    fields.check(sending.papers, sending.people)
    check_key(organization)
    by_each = sending.signatures == Process.Signatures.EACH
    return [
        make_ready(organization, paper.pdf, _signings(paper, sending.people), paper.name, by_each=by_each)
        if paper.pdf
        else None
        for paper in sending.papers
    ]


def _signings(paper: Paper, people: Sequence[Person]) -> list[Signing]:
    return [
        Signing(
            index,
            people[part.person].name,
            people[part.person].role == Participant.Role.SIGNER,
            part.by_label,
            part.places,
            part.path,
        )
        for index, part in enumerate(paper.parts)
    ]


def columns(organization: Organization, sending: Sending) -> dict[str, Any]:
    """The process's own columns, as far as the sending says them."""
    return {
        "kind": sending.kind,
        "signatures": sending.signatures,
        "name": sending.name,
        "subject": sending.subject,
        "message": sending.message,
        "language": organization.language,
        "creator_id": sending.creator_id,
        "creator_email": sending.creator_email,
        "notify": sending.notify,
        "remind_every_hours": sending.remind_every_hours,
        "expires_at": sending.expires_at,
        "identity": dict(sending.identity),
        "folder_id": sending.folder_id,
        "tags": list(sending.tags),
        "template": sending.template,
        "custom": None if sending.custom is None else dict(sending.custom),
        "webhooks": list(sending.webhooks),
        "words": f"o{organization.pk} {sending.words}",  # the first makes search one organization's
    }


def fill(
    process: Process, sending: Sending, ready: Sequence[Ready | None], codes: Mapping[int, str] | None = None
) -> None:
    """Everything below a process, in one go; ``codes`` keeps the codes of documents that are sent anew."""
    documents = [_new_document(process, paper, position, ready[position], codes or {})
                 for position, paper in enumerate(sending.papers)]  # fmt: skip
    people, called = _new_participants(process, sending, active=None not in ready)
    for document, paper, found in zip(documents, sending.papers, ready, strict=True):
        _new_parts(document, paper, people)
        # Where the PDF has yet to come, what was given; what its tags say is known when it is here.
        given = {index: [place.box for place in part.places] for index, part in enumerate(paper.parts)}
        document.place(found.boxes if found else given, {i: people[part.person] for i, part in enumerate(paper.parts)})
    _new_slots(process, people, sending)
    _new_checks(process, people, sending)
    _plan(process, sending, called)
    invited: list[dict[str, JSONValue]] = [{"participant_id": pk} for pk, notify in called if notify]
    if invited:
        jobs.invite.configure(priority=jobs.LATER if sending.one_of_many else None).batch_defer(*invited)
    if not called:
        process.advance()  # Nobody is asked for anything: what is here is done.


def _new_document(
    process: Process, paper: Paper, position: int, ready: Ready | None, codes: Mapping[int, str]
) -> Document:
    document = Document(
        organization_id=process.organization_id,
        process=process,
        name=paper.name,
        position=position,
        state=Document.State.OPEN if ready else Document.State.AWAITING_UPLOAD,
        original=ready.original if ready else None,
        shown=ready.shown if ready else None,
        pages=ready.pages if ready else [],
        found=ready.found if ready else None,
    )
    if position in codes:
        document.code = codes[position]
    insert(document)
    return document


def _new_participants(process: Process, sending: Sending, *, active: bool) -> tuple[People, list[tuple[int, bool]]]:
    """The ids of all, in the order given, and of those whose turn it is, with whether they are to be told."""
    asked = [person.order for person in sending.people if person.role != Participant.Role.READER]
    first = min(asked, default=0)
    public_ids = _distinct_ids(len(sending.people), _named_before(process))
    rows = [
        _participant(process, person, public_id, first if active else None)
        for public_id, person in zip(public_ids, sending.people, strict=True)
    ]
    ids = insert_many(Participant, rows)
    called = [
        (pk, bool(row["notify"]))
        for pk, row in zip(ids, rows, strict=True)
        if row["status"] == Participant.Status.NOTIFICATION.value
    ]
    return ids, called


def _participant(process: Process, person: Person, public_id: str, turn: int | None) -> dict[str, Any]:
    """A row by column; ``turn`` is the order that is called now, None while a PDF has yet to come."""
    status = Participant.Status.PENDING
    if person.role == Participant.Role.READER:
        status = Participant.Status.FINISH
    elif person.order == turn:
        status = Participant.Status.NOTIFICATION
    return {
        "organization_id": process.organization_id,
        "process_id": process.pk,
        "public_id": public_id,
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "role": person.role,
        "order": person.order,
        "status": status.value,
        "language": person.language or process.language,
        "notify": person.notify,
        "channels": json.dumps(list(person.channels)),
        "identity": json.dumps(dict(person.identity)),
    }


def _new_parts(document: Document, paper: Paper, people: People) -> None:
    rows = [
        {
            "organization_id": document.organization_id,
            "document_id": document.pk,
            "participant_id": people[part.person],
            "index": index,
            "signer_type": part.signer_type,
            "by_label": part.by_label,
        }
        for index, part in enumerate(paper.parts)
    ]
    insert_many(Part, rows)


def _new_slots(process: Process, people: People, sending: Sending) -> None:
    rows = [
        {
            "organization_id": process.organization_id,
            "process_id": process.pk,
            "participant_id": participant,
            "position": position,
            "name": slot.name,
            "optional": slot.optional,
        }
        for participant, person in zip(people, sending.people, strict=True)
        for position, slot in enumerate(person.slots)
    ]
    insert_many(RequestedFile, rows)


def _new_checks(process: Process, people: People, sending: Sending) -> None:
    rows = [
        IdentityCheck.row(process.organization_id, participant, kind, position)
        for participant, person in zip(people, sending.people, strict=True)
        for position, kind in enumerate(person.identity.get("checks", ()))
    ]
    insert_many(IdentityCheck, rows)


def _plan(process: Process, sending: Sending, called: Sequence[tuple[int, bool]]) -> None:
    rows = []
    if sending.expires_at:
        rows.append(Due(process=process, kind=Due.Kind.EXPIRE, at=sending.expires_at))
    if sending.remind_every_hours:
        at = clock.now() + timedelta(hours=sending.remind_every_hours)
        rows += [
            Due(process=process, participant_id=pk, kind=Due.Kind.REMIND, at=at) for pk, notify in called if notify
        ]
    if rows:
        Due.objects.bulk_create(rows)


def _distinct_ids(count: int, taken: Set[str] = frozenset()) -> list[str]:
    """Two characters each, unique in the process: 1,296 people at the most (contract/auco.md §1.2)."""
    every = [a + b for a in ID_ALPHABET for b in ID_ALPHABET]
    free = [public_id for public_id in every if public_id not in taken]
    # A process of hundreds that is edited again and again uses them all up; then they come again.
    return secrets.SystemRandom().sample(free if len(free) >= count else every, count)


def _named_before(process: Process) -> Set[str]:
    """Ids that the history of a process that is sent anew tells of; nobody new may be taken for one of those."""
    if process.chain_length <= 1:
        return frozenset()
    told = process.events.values_list("actor_kind", "actor", "data__participant")
    return {actor for kind, actor, _ in told if kind == PARTICIPANT} | {named for _, _, named in told if named}
