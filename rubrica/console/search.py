"""Finding a process, or somebody in it, from any page: by the beginnings of words, an e-mail address or a code."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from rubrica.accounts.models import Member, Organization
from rubrica.console.access import page, shown_to_members
from rubrica.processes import lookup
from rubrica.processes.models import Document, Participant, Process
from rubrica.web.text import searchable

IN_DIALOG, ON_PAGE = 8, 50
PEOPLE_SHOWN = 2


@dataclass(frozen=True)
class Found:
    """A process, and whom of it the words name."""

    process: Process
    people: list[Participant]
    code: str = ""


@shown_to_members
def search(request: HttpRequest, member: Member) -> HttpResponse:
    words = _asked(request)
    results = results_of(member.organization, words, ON_PAGE)
    return page(request, "console/search.html", {"words": words, "results": results, "most": ON_PAGE})


@shown_to_members
def found(request: HttpRequest, member: Member) -> HttpResponse:
    """The rows alone, for the dialog."""
    words = _asked(request)
    results = results_of(member.organization, words, IN_DIALOG)
    return page(request, "console/_found.html", {"words": words, "results": results})


def results_of(organization: Organization, words: str, limit: int) -> list[Found]:
    """What is called exactly so comes first, and then the newest."""
    exact = _by_code(organization, words)
    rows = list(organization.processes.filter(matching(organization, words)).order_by("-pk")[:limit])
    rows = [*exact, *(row for row in rows if row not in exact)][:limit]
    people = _named(rows, searchable(words).split())
    return [Found(row, people[row.pk], exact.get(row, "")) for row in rows]


def matching(organization: Organization, words: str) -> Q:
    """Which of the organization's processes hold all of the words, of which beginnings are enough, or are so called."""
    # By their ids, as no index serves both sides of an "or".
    exact = [process.pk for process in _by_code(organization, words)]
    found = lookup.with_words(organization, words)
    return Q(pk__in=exact) if found is None else Q(pk__in=exact) | found


def _by_code(organization: Organization, words: str) -> dict[Process, str]:
    """By the code of a document, or the id of the package."""
    said = words.strip()
    documents = _of_code(organization, said).select_related("process")
    by_document = {document.process: document.code for document in documents}
    return by_document or {process: "" for process in organization.processes.filter(public_id=said.lower())}


def _of_code(organization: Organization, said: str) -> "QuerySet[Document]":
    return Document.objects.filter(organization=organization, code=said.upper())


def _named(processes: list[Process], terms: list[str]) -> defaultdict[int, list[Participant]]:
    """Whose names or addresses the words are about; where they are about nobody, whoever is first."""
    found: defaultdict[int, list[Participant]] = defaultdict(list)
    everybody: QuerySet[Participant] = Participant.objects.filter(process__in=processes)
    ranked = sorted(everybody, key=lambda one: -_matches(one, terms))
    for person in ranked:
        if len(found[person.process_id]) < PEOPLE_SHOWN:
            found[person.process_id].append(person)
    return found


def _matches(person: Participant, terms: list[str]) -> int:
    own = searchable(f"{person.name} {person.email}").split()
    return sum(any(word.startswith(term) for word in own) for term in terms)


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[: lookup.MAX_LENGTH]
