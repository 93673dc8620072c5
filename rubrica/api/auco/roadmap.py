"""The audit trail of a document as the dialect tells it (contract/auco.md §5.5)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from rubrica.api.auco import addresses
from rubrica.api.auco.door import PUBLIC, organization_of
from rubrica.api.auco.reads import wire_time
from rubrica.api.auco.schemas import RoadmapQuery
from rubrica.processes.actor import PARTICIPANT
from rubrica.processes.models import Document, Event, Participant

router = Router()

ARCHIVE = "ARCHIVE"
Kind = Event.Kind
Role = Participant.Role
# What happened to or through a participant; what depends on their role is a pair: signer's word, approver's word.
ACTIONS: dict[str, str | tuple[str, str]] = {
    Kind.INVITED: ("NOTIFICATION_SIGN", "NOTIFICATION_APPROVER"),
    Kind.INVITATION_FAILED: "NOTIFICATION_FAILED_SIGN",
    Kind.REMINDED: ("REMINDER_SIGN", "REMINDER_APPROVE"),
    Kind.OPENED: "PARTICIPANT_READ",
    Kind.SIGNED: "PARTICIPANT_SIGN",
    Kind.APPROVED: "PARTICIPANT_APPROVE",
    Kind.DECLINED: "PARTICIPANT_REJECT",
    Kind.FINISHED: "NOTIFICATION_FINISH",
    Kind.EDITED: "UPDATE_SIGN",
    Kind.CANCELLED: "CANCEL_SIGN",
    Kind.REACTIVATED: "REACTIVATION_SIGN",
}

Entry = dict[str, Any]


@router.get("/document/roadmap", auth=PUBLIC)
def get_roadmap(request: HttpRequest, payload: Query[RoadmapQuery]) -> Entry:
    """Who was asked and what happened, oldest first; what is absent is left out, never null."""
    document = addresses.document(organization_of(request), payload.code)
    process = document.process
    people = {person.public_id: person for person in _people(document)}
    events = list(process.events.filter(kind__in=ACTIONS).order_by("sequence"))
    log = [entry for event in events for entry in _entries(event, people)]
    active = {entry["participant"] for entry in log}
    addresses_ = {event.actor: event.ip for event in events if event.actor_kind == PARTICIPANT and event.ip}
    return {
        "name": document.name,
        "documentCode": document.code,
        "createdAt": wire_time(process.created_at),
        "author": _author(document),
        "participants": [_participant(person, active, addresses_) for person in people.values()],
        "activityLog": log,
    }


def _people(document: Document) -> Iterator[Participant]:
    """Those of this document, and the readers of all."""
    for part in document.parts.select_related("participant__process"):
        yield part.participant
    yield from document.process.participants.filter(role=Role.READER).order_by("pk")


def _author(document: Document) -> Entry:
    creator = document.process.creator
    email = document.process.creator_email
    return {"name": creator.name if creator and creator.name else email, "email": email}


def _participant(person: Participant, active: set[str], seen_at: Mapping[str, str]) -> Entry:
    known = {
        "id": person.public_id if person.public_id in active and not person.is_reader else "",
        "name": person.name,
        "role": person.role.upper(),
        "email": person.email,
        "phone": person.phone,
        "ipAddress": seen_at.get(person.public_id, ""),
    }
    return {name: value for name, value in known.items() if value}


def _entries(event: Event, people: Mapping[str, Participant]) -> Iterator[Entry]:
    """One a participant whom it concerns; of other documents' people nothing is told."""
    about = event.actor if event.actor_kind == PARTICIPANT else event.data.get("participant", "")
    if about:
        if about in people:
            yield _entry(event, people[about])
    elif event.kind == Kind.FINISHED:
        # Readers have no id here, so nothing can be said of them.
        yield from (_entry(event, person) for person in people.values() if person.notify and not person.is_reader)
    else:
        yield _archive(event)


def _entry(event: Event, person: Participant) -> Entry:
    action = ACTIONS[event.kind]
    if isinstance(action, tuple):
        action = action[person.role == Role.APPROVER]
    if event.kind == Kind.REMINDED and person.is_signer and not person.signs:
        action = "REMINDER_UPLOAD"
    by_phone = "whatsapp" in person.channels and "mail" not in person.channels
    known = {
        "action": action,
        "platform": "WHATSAPP" if by_phone else "EMAIL",
        "participant": person.public_id,
        "timestamp": wire_time(event.at),
        "by": person.phone if by_phone else person.email,
        "ip": event.ip if event.actor_kind == PARTICIPANT else "",
        "message": event.data.get("reason", ""),
    }
    return {name: value for name, value in known.items() if value}


def _archive(event: Event) -> Entry:
    known = {
        "action": ACTIONS[event.kind],
        "platform": ARCHIVE,
        "participant": ARCHIVE,
        "timestamp": wire_time(event.at),
        "by": event.actor_name or event.actor,
        "message": event.data.get("message", ""),
    }
    return {name: value for name, value in known.items() if value}
