"""Step 2: who signs, approves, reads and sends files, and in which order."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_editors, shown_to_editors
from rubrica.console.sending import pasting, rows
from rubrica.console.sending.rows import Row
from rubrica.console.sending.steps import draft_of, gone, keeps, onward, step_page
from rubrica.drafting.checking import PEOPLE, people_problems
from rubrica.drafting.contacts import contacts
from rubrica.drafting.content import ONE_BY_ONE, STEPS, TOGETHER, Content, Ordering
from rubrica.drafting.models import Draft
from rubrica.processes.errors import Refused


@shown_to_editors
def people(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    found = draft_of(member, draft)
    content = found.written
    return _page(request, found, rows.of_people(content.people) or [Row()], content.ordering)


def _page(
    request: HttpRequest,
    draft: Draft,
    shown: list[Row],
    ordering: str,
    faults: list[str] | None = None,
    pasted: str = "",
) -> HttpResponse:
    wrong = bool(faults or any(row.faults for row in shown))
    context = {
        "rows": shown,
        "blank": Row(id="new"),
        "ordering": ordering,
        "faults": faults or [],
        "pasted": pasted,
        "known": contacts(draft.organization),
        "has_papers": draft.papers.exists(),
    }
    return step_page(request, draft, PEOPLE, context, has_faults=wrong)


@done_by_editors
def save(request: HttpRequest, member: Member, draft: str) -> HttpResponse:
    """Keeps all of them or none. What only changes the page, for browsers without scripts, keeps nothing."""
    found = draft_of(member, draft)
    shown, ordering, do = [*rows.typed(request.POST)], _ordering(request), request.POST.get("do", "save")
    if do == "paste":
        return _pasted(request, found, shown, ordering)
    if not keeps(do):
        return _page(request, found, _moved(shown, do), ordering)
    shown = [row for row in shown if not row.is_blank]
    read = rows.read(shown, with_steps=ordering == STEPS)
    wanted = Content(people=read, ordering=ordering)
    faults: list[str] = []
    if do == "next" and not any(row.faults for row in shown):
        faults = rows.show(shown, [*people_problems(wanted, found.papers.count())])
    if faults or any(row.faults for row in shown):
        return _page(request, found, shown or [Row()], ordering, faults)
    return _keep(request, found, wanted)


def _keep(request: HttpRequest, draft: Draft, wanted: Content) -> HttpResponse:
    try:
        with draft.changing() as content:
            content.people, content.ordering = wanted.people, wanted.ordering
    except Refused as refusal:
        return gone(request, refusal)
    return onward(request, draft, PEOPLE)


def _ordering(request: HttpRequest) -> Ordering:
    said = request.POST.get("ordering", "")
    known: tuple[Ordering, ...] = (TOGETHER, ONE_BY_ONE, STEPS)
    return next((one for one in known if one == said), TOGETHER)


def _moved(shown: list[Row], do: str) -> list[Row]:
    """``do`` is ``add``, ``up:id``, ``down:id`` or ``remove:id``."""
    what, _colon, key = do.partition(":")
    at = next((place for place, row in enumerate(shown) if row.id == key), None)
    if what == "add":
        shown.append(Row())
    elif at is not None and what == "remove":
        shown.pop(at)
    elif at is not None and what in {"up", "down"}:
        to = min(max(at + (1 if what == "down" else -1), 0), len(shown) - 1)
        shown.insert(to, shown.pop(at))
    return shown or [Row()]


def _pasted(request: HttpRequest, draft: Draft, shown: list[Row], ordering: str) -> HttpResponse:
    """Lines of a spreadsheet behind those who are there; one that cannot be read keeps all of them out."""
    text = request.POST.get("pasted", "").replace("\0", "")[: pasting.MAX_TEXT + 1]
    kept = [row for row in shown if not row.is_blank]
    added, faults = pasting.people(text, {row.email.lower() for row in kept})
    if len(kept) + len(added) > rows.MAX_ROWS:
        faults = [_("A process can have 500 people who act, and 100 readers.")]
    if faults:
        return _page(request, draft, shown or [Row()], ordering, faults, text)
    return _page(request, draft, [*kept, *added] or [Row()], ordering)
