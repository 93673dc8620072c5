"""Step 5: everything at a glance, what is still missing, the same as a call of the API, and the button that sends."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import actor, done_by_editors, shown_to_editors
from rubrica.console.refusals import sentence
from rubrica.console.sending.call import call
from rubrica.console.sending.steps import ORDER, REVIEW, TITLES, address, draft_of, gone, missing, step_page
from rubrica.drafting import sending
from rubrica.drafting.checking import expires_at
from rubrica.drafting.content import Content, Person, Place
from rubrica.drafting.models import Draft, DraftPaper
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.processes.fields import SIGNATURE
from rubrica.sealing.values import Refusal


@dataclass(frozen=True)
class Open:
    """Something that is missing, and where it is put right."""

    text: str
    title: str
    address: str


@dataclass(frozen=True)
class Line:
    person: Person
    order: int
    places: list[tuple[str, int, int]]  # by document, how many to sign in and how many fields


@shown_to_editors
def review(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    found = draft_of(member, draft)
    return _page(request, member, found, missing(found))


def _page(
    request: HttpRequest, member: Member, draft: Draft, problems: Sequence[Problem], trouble: str = ""
) -> HttpResponse:
    content, papers = draft.written, list(draft.papers.all())
    context = {
        "content": content,
        "papers": papers,
        "lines": [_line(content, person, papers) for person in content.acting],
        "in_turn": len({content.order_of(person) for person in content.acting}) > 1,
        "expires_at": expires_at(content),
        "open": [_open(draft, content, problem) for problem in problems],
        "trouble": trouble,
        "call": None if problems else call(member, draft),
    }
    refused = request.method == "POST"
    return step_page(request, draft, REVIEW, context, has_faults=refused)


def _line(content: Content, person: Person, papers: Sequence[DraftPaper]) -> Line:
    counted = [
        _counted(paper, content.places_of(person, paper.pk)) for paper in papers if content.has_part(person, paper.pk)
    ]
    return Line(person, content.order_of(person), counted)


def _counted(paper: DraftPaper, places: Sequence[Place]) -> tuple[str, int, int]:
    signed = sum(place.kind == SIGNATURE for place in places)
    return paper.name, signed, len(places) - signed


def _open(draft: Draft, content: Content, problem: Problem) -> Open:
    """A person is named, as there may be many."""
    step = str(problem.path[0]) if problem.path[0] in ORDER else REVIEW
    said = problem.sentence(_)
    names = [person.shown for person in content.people if person.id in problem.path]
    return Open(f"{names[0]}: {said}" if names and names[0] else said, str(TITLES[step]), address(draft, step))


@done_by_editors
def send(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """The process begins, and the draft is gone. What is refused is said, and the draft stays as it is."""
    found = draft_of(member, draft)
    try:
        process = sending.send(found, member, actor(request, member))
    except Invalid as invalid:
        return _page(request, member, found, invalid.problems)
    except Refused as refused:
        if refused.code == "DRAFT_SENT":
            return gone(request, refused)
        if refused.code == "DRAFT_CHANGED":
            messages.error(request, sentence(refused))
            return HttpResponseRedirect(address(found, REVIEW))
        return _page(request, member, found, [], sentence(refused))
    except Refusal as refused:
        return _page(request, member, found, [], _(refused.detail))
    messages.success(request, _("“%(name)s” is on its way.") % {"name": process.name})
    return HttpResponseRedirect(reverse("console:process", args=[process.public_id]))
