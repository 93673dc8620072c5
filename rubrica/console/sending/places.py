"""Step 3: where each person signs on the pages of each document."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, shown_to_editors
from rubrica.console.sending.steps import address, draft_of, gone, leads_on, onward, step_page
from rubrica.console.typed_boxes import Row, kinds, sent
from rubrica.drafting.checking import DOCUMENTS, PLACES
from rubrica.drafting.content import MAX_PLACES, SIGNER, Absence, Content, Person, Place
from rubrica.drafting.models import Draft, DraftPaper
from rubrica.drafting.sending import box_of
from rubrica.files.access import local_path
from rubrica.processes.errors import Refused
from rubrica.processes.fields import SIGNATURE
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.values import Refusal

WIDTH = 1200  # pixels of a page
TONES = 8  # colours that people have in turn


@shown_to_editors
def places(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    found = draft_of(member, draft)
    papers = list(found.papers.all())
    if not papers:
        return HttpResponseRedirect(address(found, DOCUMENTS))
    wanted = request.GET.get("paper", "")
    paper = next((one for one in papers if str(one.pk) == wanted), papers[0])
    return _page(request, found, paper)


def _page(request: HttpRequest, draft: Draft, paper: DraftPaper, rows: list[Row] | None = None) -> HttpResponse:
    content, papers = draft.written, list(draft.papers.all())
    following = papers[[one.pk for one in papers].index(paper.pk) + 1 :]
    context = {
        "paper": paper,
        "papers": papers,
        "following": following[0] if following else None,
        "sheets": [*_sheets(paper)],
        "signers": [
            (person, number % TONES)
            for number, person in enumerate(content.acting)
            if content.has_part(person, paper.pk)
        ],
        "parts": [(person, content.has_part(person, paper.pk)) for person in content.acting],
        "rows": [*_rows(content, paper)] if rows is None else rows,
        "blank": Row.blank(),
        "kinds": kinds(),
    }
    return step_page(request, draft, PLACES, context, has_faults=rows is not None)


def _sheets(paper: DraftPaper) -> Iterator[dict[str, Any]]:
    for number, size in enumerate(paper.sizes, start=1):
        pixels = f"{WIDTH * size.height / size.width:.0f}"
        yield {"number": number, "width": f"{size.width:.2f}", "height": f"{size.height:.2f}", "pixels": pixels}


def _rows(content: Content, paper: DraftPaper) -> Iterator[Row]:
    for place in content.places:
        if place.paper == paper.pk:
            yield Row.of(place.person, box_of(paper, place), place.left, place.top)


@shown_to_editors
def sheet(request: HttpRequest, member: Member, draft: str, paper: int, number: int) -> HttpResponse:
    """A page of the PDF as a picture that we drew."""
    found = get_object_or_404(draft_of(member, draft).papers.select_related("blob"), pk=paper)
    database.let_go()
    try:
        with local_path(found.blob) as path:
            picture = render_page(path, number, WIDTH)
    except Refusal:
        raise Http404 from None
    answer = HttpResponse(picture, content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"  # the PDF of a paper never changes
    return answer


@done_by_editors
def save(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """All places of one document at once."""
    found = draft_of(member, draft)
    known = {str(one.pk): one for one in found.papers.all()}
    paper = known.get(request.POST.get("paper", ""))
    if paper is None:
        raise Http404
    rows, read = [*sent(request)], []
    for row in rows:
        place = _place(found.written.acting, paper, row)
        if isinstance(place, Place):
            read.append(place)
        else:
            row.error = place
    _too_many(rows)
    if any(row.error for row in rows):
        return _page(request, found, paper, rows)
    return _keep(request, found, paper, read)


def _keep(request: HttpRequest, draft: Draft, paper: DraftPaper, read: list[Place]) -> HttpResponse:
    try:
        with draft.changing() as content:
            content.places = [*(place for place in content.places if place.paper != paper.pk), *read]
            if "parts" in request.POST:
                _take_part(content, paper, set(request.POST.getlist("part")))
    except Refused as refusal:
        return gone(request, refusal)
    do = request.POST.get("do", "")
    if do.startswith("paper:"):
        return HttpResponseRedirect(_of(draft, do.partition(":")[2]))
    answer = onward(request, draft, PLACES)
    return answer if leads_on(do) else HttpResponseRedirect(_of(draft, str(paper.pk)))


def _take_part(content: Content, paper: DraftPaper, chosen: set[str]) -> None:
    """Of several documents, who is not chosen has no part in this one."""
    absent = [Absence(paper=paper.pk, person=person.id) for person in content.acting if person.id not in chosen]
    content.absences = [*(one for one in content.absences if one.paper != paper.pk), *absent]


def _of(draft: Draft, paper: str) -> str:
    there = reverse("console:draft_places", args=[draft.public_id])
    return f"{there}?paper={paper}" if paper.isascii() and paper.isdigit() else there


def _place(people: list[Person], paper: DraftPaper, row: Row) -> Place | str:
    """The place, or a sentence about what is wrong with it."""
    whose = next((person for person in people if person.id == row.type), None)
    if whose is None:
        return _("Choose who signs here.")
    field = row.field(paper.sizes)
    if isinstance(field, str):
        return field
    if field.kind != SIGNATURE and whose.role != SIGNER:
        return _("Only who signs can fill in fields.")
    left, top, width, height = row.sides
    return Place(
        paper=paper.pk,
        person=whose.id,
        page=field.page,
        left=left,
        top=top,
        width=width,
        height=height,
        kind=field.kind,
        name=field.name,
        required=field.required,
        max_length=field.max_length,
    )


def _too_many(rows: list[Row]) -> None:
    """Says it at the first one that is too much."""
    counted: dict[str, int] = {}
    for row in rows:
        counted[row.type] = counted.get(row.type, 0) + 1
        if counted[row.type] == MAX_PLACES + 1:
            row.error = row.error or _("One person can sign in 500 places of a document.")
