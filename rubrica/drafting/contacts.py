"""The address book: people of earlier processes, each address once, as it was written last."""

from dataclasses import dataclass
from datetime import datetime

from rubrica.accounts.models import Organization
from rubrica.drafting.models import ForgottenContact
from rubrica.processes import lookup
from rubrica.processes.models import Participant
from rubrica.web.text import searchable

LAST_PROCESSES = 200  # so that looking costs the same however many there are
MOST = 300


@dataclass(frozen=True)
class Contact:
    name: str
    email: str
    phone: str
    last: datetime


def contacts(organization: Organization, words: str = "") -> list[Contact]:
    """By name; with ``words`` those who have all of them, looked for in every process that names them."""
    forgotten = dict(ForgottenContact.objects.filter(organization=organization).values_list("email", "forgotten_at"))
    found: dict[str, Contact] = {}
    for name, email, phone, at in _named(organization, words):
        if at > forgotten.get(email.lower(), _long_ago(at)):
            found.setdefault(email.lower(), Contact(name, email, phone, at))
    return sorted(list(found.values())[:MOST], key=lambda one: one.name.casefold())


def _long_ago(at: datetime) -> datetime:
    return at.replace(year=1)


def _named(organization: Organization, words: str) -> list[tuple[str, str, str, datetime]]:
    processes, terms = organization.processes.order_by("-pk"), searchable(words).split()
    if found := lookup.with_words(organization, words):
        processes = processes.filter(found)
    last = list(processes.values_list("pk", flat=True)[:LAST_PROCESSES])
    people = Participant.objects.filter(process__in=last).exclude(email="").order_by("-pk")
    rows = people.values_list("name", "email", "phone", "process__created_at")[: MOST * 5]
    return [row for row in rows if _is_named(row[0], row[1], terms)]


def _is_named(name: str, email: str, terms: list[str]) -> bool:
    """By the beginnings of words, without regard to accents, as the processes were found."""
    own = searchable(f"{name} {email}").split()
    return all(any(word.startswith(term) for word in own) for term in terms)
