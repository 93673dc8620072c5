"""What is still missing before a draft can be sent, each with the step and the field that it belongs to."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from django.utils.translation import gettext_noop as _

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.drafting.content import (
    LONGEST_TERM,
    MAX_FILES_IN_ALL,
    MAX_PEOPLE,
    MAX_READERS,
    SHORTEST_TERM,
    SIGNER,
    SMS,
    WHATSAPP,
    Content,
    Person,
)
from rubrica.processes.errors import Problem

DOCUMENTS, PEOPLE, PLACES, MESSAGE = "documents", "people", "places", "message"


def problems(organization: Organization, content: Content, papers: Sequence[int]) -> Iterator[Problem]:
    """Empty when the draft can be sent. ``papers`` are their ids."""
    yield from people_problems(content, len(papers))
    yield from part_problems(content, papers)
    yield from message_problems(content)
    if content.folder and not organization.folders.filter(path=content.folder).exists():
        yield Problem((MESSAGE, "folder"), "unknown", _("This folder is not there any more. Choose another one."))
    known = set(organization.tags.filter(name__in=content.tags).values_list("name", flat=True))
    if set(content.tags) - known:
        yield Problem((MESSAGE, "tags"), "unknown", _("One of these tags is not there any more."))


def people_problems(content: Content, papers: int) -> Iterator[Problem]:
    if not content.acting:
        yield Problem((PEOPLE,), "required", _("Add at least one person who signs, approves or sends files."))
    if len(content.acting) > MAX_PEOPLE:
        yield Problem((PEOPLE,), "too_long", _("A process can have 500 people who act."))
    if len(content.readers) > MAX_READERS:
        yield Problem((PEOPLE,), "too_long", _("A process can have 100 readers."))
    if sum(len(person.files) for person in content.acting) > MAX_FILES_IN_ALL:
        yield Problem((PEOPLE,), "too_long", _("A process can ask for 1000 files in all."))
    seen: set[str] = set()
    for person in content.people:
        yield from _person_problems(person, papers)
        if person.email and person.email.lower() in seen:
            sentence = _("Somebody else here has this e-mail address. Everybody needs their own.")
            yield Problem((PEOPLE, person.id, "email"), "duplicate", sentence)
        seen.add(person.email.lower())


def _person_problems(person: Person, papers: int) -> Iterator[Problem]:
    if not person.name:
        yield Problem((PEOPLE, person.id, "name"), "required", _("Write the name of this person."))
    if not person.email:
        yield Problem((PEOPLE, person.id, "email"), "required", _("Write the e-mail address of this person."))
    if person.role == SIGNER and not papers and not person.files:
        sentence = _("There is no document to sign, so ask this person for a file.")
        yield Problem((PEOPLE, person.id, "files"), "too_short", sentence)
    if person.acts and person.code in {SMS, WHATSAPP} and not person.phone:
        sentence = _("The code goes to a telephone, so write its number.")
        yield Problem((PEOPLE, person.id, "phone"), "required", sentence)


def part_problems(content: Content, papers: Sequence[int]) -> Iterator[Problem]:
    """Where not everybody has a part in every paper."""
    for paper in papers:
        if content.acting and not content.parts_of(paper):
            sentence = _("Nobody has a part in one of the documents. Choose who signs or approves it.")
            yield Problem((PLACES, paper), "required", sentence)
    for person in content.acting:
        if papers and not person.files and not any(content.has_part(person, paper) for paper in papers):
            sentence = _("This person has no part in any document, and no file is asked for.")
            yield Problem((PLACES, person.id), "required", sentence)


def message_problems(content: Content) -> Iterator[Problem]:
    if not content.name:
        yield Problem((MESSAGE, "name"), "required", _("Give the process a name. Everybody sees it."))
    asks = any(person.files for person in content.acting)
    if asks and not content.subject:
        yield Problem((MESSAGE, "subject"), "required", _("You ask for files, so write a subject for the e-mail."))
    if asks and not content.message:
        yield Problem((MESSAGE, "message"), "required", _("You ask for files, so write what they are for."))
    end = expires_at(content)
    if end is not None and end < clock.now() + timedelta(days=SHORTEST_TERM):
        yield Problem((MESSAGE, "expires_on"), "EXPIRED_DATE_INVALID", _("Choose a day at least 3 days from now."))
    if end is not None and end > clock.now() + timedelta(days=LONGEST_TERM):
        yield Problem((MESSAGE, "expires_on"), "too_late", _("Choose a day within a hundred years."))


def expires_at(content: Content) -> datetime | None:
    """The last second of the day, in universal time."""
    if content.expires_on is None:
        return None
    return datetime.combine(content.expires_on, time(23, 59, 59), UTC)


def of_step(found: Sequence[Problem], step: str) -> list[Problem]:
    return [problem for problem in found if problem.path[0] == step]
