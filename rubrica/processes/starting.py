"""How a process begins: one value that says everything, checked whole, stored in one transaction."""

import json
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate.types import JSONValue

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.database import insert_many
from rubrica.files import intake
from rubrica.files.models import Blob
from rubrica.processes import jobs
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Document, Participant, Process, RequestedFile, SignatureBox
from rubrica.sealing.geometry import box_fits
from rubrica.sealing.inspect import inspect
from rubrica.sealing.values import Box, Inspection

ID_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Slot:
    """A file to ask for."""

    name: str
    optional: bool = False


@dataclass(frozen=True)
class Place:
    """A signature box and the path of the field that asked for it, for the error that names it."""

    box: Box
    path: tuple[str | int, ...]


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    phone: str = ""
    role: str = Participant.Role.SIGNER
    order: int = 1
    places: Sequence[Place] = ()
    slots: Sequence[Slot] = ()
    signer_type: str = ""
    by_label: bool = False
    identity: dict[str, Any] | None = None


@dataclass(frozen=True)
class Sending:
    """Everything that starts a process. ``document_name`` None asks for files only; ``pdf`` None awaits its upload."""

    name: str
    subject: str
    message: str
    creator_email: str
    people: Sequence[Person]
    document_name: str | None = None
    pdf: intake.Arrived | None = None
    creator_id: int | None = None
    notify: bool = True
    remind_every_hours: int | None = None
    expires_at: datetime | None = None
    identity: dict[str, Any] = field(default_factory=dict)


def start(organization: Organization, sending: Sending, by: Actor) -> Process:
    """Makes the process with all its rows and the jobs of the first group.

    Raises Invalid for boxes that lie off the page, RefusedPdf for a PDF that cannot be signed; nothing is stored then.
    """
    inspection, blob = None, None
    if sending.pdf is not None:
        database.let_go()
        inspection = inspect(sending.pdf.path)
        check_places(inspection, [place for person in sending.people for place in person.places])
        blob = Blob.keep(organization, sending.pdf)
    with transaction.atomic():
        process = _new_process(organization, sending, by)
        document = _new_document(process, sending, inspection, blob)
        waits = document is not None and blob is None
        people, called = _new_participants(process, sending, active=not waits)
        _new_boxes(document, people, sending)
        _new_slots(process, people, sending)
        if process.notify and called:
            calls: list[dict[str, JSONValue]] = [{"participant_id": pk} for pk in called]
            jobs.invite.batch_defer(*calls)
    return process


def page_sizes(inspection: Inspection) -> list[list[float]]:
    return [[page.width, page.height] for page in inspection.pages]


def check_places(inspection: Inspection, places: Sequence[Place]) -> None:
    """Raises Invalid naming each box that lies on no page or off its page."""
    problems = [
        _misplaced(place, len(inspection.pages)) for place in places if not box_fits(inspection.pages, place.box)
    ]
    if problems:
        raise Invalid(*problems)


def _misplaced(place: Place, pages: int) -> Problem:
    if not 1 <= place.box.page <= pages:
        return Problem((*place.path, "page"), "out_of_range", "The document has no such page.")
    return Problem(place.path, "off_page", "The signature box does not lie wholly on its page.")


def receive_document(document: Document, arrived: intake.Arrived, by: Actor) -> None:
    """Takes the PDF of a process that was announced without one. Raises RefusedPdf, Invalid or Refused."""
    inspection = inspect(arrived.path)
    places = [Place(Box(box.page, box.x, box.y, box.width, box.height), ("position",)) for box in document.boxes.all()]
    check_places(inspection, places)
    document.receive(page_sizes(inspection), Blob.keep(document.organization, arrived), by)


def _new_process(organization: Organization, sending: Sending, by: Actor) -> Process:
    process = Process(
        organization=organization,
        name=sending.name,
        subject=sending.subject,
        message=sending.message,
        language=organization.language,
        creator_id=sending.creator_id,
        creator_email=sending.creator_email,
        notify=sending.notify,
        remind_every_hours=sending.remind_every_hours,
        expires_at=sending.expires_at,
        identity=sending.identity,
    )
    process.begin(by)
    return process


def _new_document(
    process: Process, sending: Sending, inspection: Inspection | None, blob: Blob | None
) -> Document | None:
    if sending.document_name is None:
        return None
    return Document.objects.create(
        organization=process.organization,
        process=process,
        name=sending.document_name,
        state=Document.State.OPEN if blob else Document.State.AWAITING_UPLOAD,
        original=blob,
        pages=page_sizes(inspection) if inspection else [],
    )


def _new_participants(process: Process, sending: Sending, *, active: bool) -> tuple[list[int], list[int]]:
    """The ids of all, in the order given, and of those whose turn it is."""
    public_ids, first = _distinct_ids(len(sending.people)), min(person.order for person in sending.people)
    on_turn = [active and person.order == first for person in sending.people]
    rows = [
        {
            "organization_id": process.organization_id,
            "process_id": process.pk,
            "public_id": public_id,
            "name": person.name,
            "email": person.email,
            "phone": person.phone,
            "role": person.role,
            "order": person.order,
            "status": Participant.Status.NOTIFICATION.value if called else Participant.Status.PENDING.value,
            "language": process.language,
            "signer_type": person.signer_type,
            "by_label": person.by_label,
            "identity": None if person.identity is None else json.dumps(person.identity),
        }
        for public_id, person, called in zip(public_ids, sending.people, on_turn, strict=True)
    ]
    ids = insert_many(Participant, rows)
    return ids, [pk for pk, called in zip(ids, on_turn, strict=True) if called]


def _new_boxes(document: Document | None, people: Sequence[int], sending: Sending) -> None:
    if document is None:
        return
    rows = [
        {
            "organization_id": document.organization_id,
            "document_id": document.pk,
            "participant_id": participant,
            "page": place.box.page,
            "x": place.box.x,
            "y": place.box.y,
            "width": place.box.w,
            "height": place.box.h,
        }
        for participant, person in zip(people, sending.people, strict=True)
        for place in person.places
    ]
    insert_many(SignatureBox, rows)


def _new_slots(process: Process, people: Sequence[int], sending: Sending) -> None:
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


def _distinct_ids(count: int) -> list[str]:
    """Two characters each, unique in the process: 1,296 people at the most (contract/auco.md §1.2)."""
    every = [a + b for a in ID_ALPHABET for b in ID_ALPHABET]
    return secrets.SystemRandom().sample(every, count)
