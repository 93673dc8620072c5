"""What is said of a process as a whole, checked and put into our words (contract/auco.md §§3.1, 5.1, 6)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.api.auco import identity
from rubrica.api.auco.schemas import Addressed, Creation, Routed
from rubrica.api.auco.veriface_schemas import IdentityIn
from rubrica.processes.errors import Problem
from rubrica.processes.models import Participant
from rubrica.processes.models.folder import plain_path
from rubrica.processes.sending import Person
from rubrica.webhooks.models import DEFAULT, Webhook

SHORTEST_TERM = timedelta(days=3)
LONGEST_TERM = timedelta(days=36_525)  # a hundred years; beyond them a date is a slip
REMINDER_STEP = 3  # hours
LAST = 10_000  # the highest order there is; readers stand behind everybody


def problems(organization: Organization, body: Creation) -> Iterator[Problem]:
    yield from _time_problems(body)
    yield from identity.problems(("options",), body)
    if body.folder and _folder_id(organization, body.folder) is None:
        yield Problem(("folder",), "unknown", "There is no folder at this path.")
    if isinstance(body, Routed | IdentityIn):
        yield from _tag_problems(organization, body.tags)
        yield from _webhook_problems(organization, body.targetWebhooks)


def _time_problems(body: Creation) -> Iterator[Problem]:
    if body.remember is not None and (body.remember <= 0 or body.remember % REMINDER_STEP or body.remember > 24 * 365):
        yield Problem(("remember",), "multiple_of", "This must be a positive multiple of 3 hours.")
    expires = _aware(body.expiredDate)
    if expires is not None and expires < clock.now() + SHORTEST_TERM:
        yield Problem(("expiredDate",), "EXPIRED_DATE_INVALID", "This must be at least 3 days from now.")
    if expires is not None and expires > clock.now() + LONGEST_TERM:
        yield Problem(("expiredDate",), "too_late", "This must be within a hundred years.")


def _tag_problems(organization: Organization, tags: Sequence[str]) -> Iterator[Problem]:
    known = set(organization.tags.filter(name__in=tags).values_list("name", flat=True)) if tags else set()
    for index, tag in enumerate(tags):
        if tag not in known:
            yield Problem(("tags", index), "unknown", "There is no tag of this name.")


def _webhook_problems(organization: Organization, words: Sequence[str]) -> Iterator[Problem]:
    """The default one may be named before there is one, as it is taken where none is named."""
    kept = Webhook.objects.kept().filter(organization=organization, word__in=words) if words else Webhook.objects.none()
    known = {DEFAULT, *kept.values_list("word", flat=True)}
    for index, word in enumerate(words):
        if word not in known:
            yield Problem(("targetWebhooks", index), "unknown", "There is no webhook with this id.")


def _folder_id(organization: Organization, path: str) -> int | None:
    return organization.folders.filter(path=plain_path(path)).values_list("pk", flat=True).first()


def shared(organization: Organization, body: Creation) -> dict[str, Any]:
    """The arguments of ``Sending`` that every call has."""
    return {
        "subject": body.subject or "",
        "message": body.message or "",
        "creator_email": body.email,
        "creator_id": organization.member_id(body.email),
        "notify": body.notification,
        "remind_every_hours": body.remember,
        "expires_at": _aware(body.expiredDate),
        "identity": identity.asked_of_all(body),
        "folder_id": _folder_id(organization, body.folder) if body.folder else None,
    }


def addressed(organization: Organization, body: Addressed) -> dict[str, Any]:
    """Those, and what the calls for documents have beyond them."""
    return routed(organization, body) | {"name": body.name}


def routed(organization: Organization, body: Routed) -> dict[str, Any]:
    return shared(organization, body) | {
        "tags": body.tags,
        "custom": body.custom,
        "webhooks": body.targetWebhooks,
        "signatures": body.signatures,
    }


def readers(body: Routed) -> list[Person]:
    """They learn of every step, whatever ``notification`` says of those who are asked for something."""
    return [Person(reader.name, reader.email, role=Participant.Role.READER, order=LAST) for reader in body.readers]


def _aware(moment: datetime | None) -> datetime | None:
    """A date without an offset is taken as UTC, which is what JSON.stringify gives."""
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
