"""The frame of every step: where one is, what is still missing, and where the buttons lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rubrica.accounts.models import Member
from rubrica.console.access import page
from rubrica.drafting import checking
from rubrica.drafting.checking import DOCUMENTS, MESSAGE, PEOPLE, PLACES
from rubrica.drafting.models import Draft
from rubrica.processes.errors import Problem, Refused
from rubrica.web.text import findable

REVIEW = "review"
TITLES = {
    DOCUMENTS: _("Documents"),
    PEOPLE: _("People"),
    PLACES: _("Places"),
    MESSAGE: _("Message"),
    REVIEW: _("Check and send"),
}
ORDER = list(TITLES)


@dataclass(frozen=True)
class Step:
    key: str
    title: str
    address: str
    is_current: bool
    is_open: bool  # something is missing there


def draft_of(member: Member, public_id: str) -> Draft:
    """Not yours is not found."""
    return get_object_or_404(Draft.objects.select_related("organization"), organization=member.organization,
                             public_id=findable(public_id))  # fmt: skip


def address(draft: Draft, step: str) -> str:
    return reverse(f"console:draft_{step}", args=[draft.public_id])


def missing(draft: Draft) -> list[Problem]:
    return [*checking.problems(draft.organization, draft.written, [*draft.papers.values_list("pk", flat=True)])]


def step_page(
    request: HttpRequest, draft: Draft, step: str, context: dict[str, Any], *, has_faults: bool = False
) -> HttpResponse:
    """400 where something that was typed is refused, so that nothing was kept."""
    found, before = missing(draft), ORDER[ORDER.index(step) - 1] if step != DOCUMENTS else ""
    frame = {
        "draft": draft,
        "step": step,
        "steps": [_step(draft, key, step, found) for key in ORDER],
        "back": address(draft, before) if before else "",
        "back_step": before,
        "has_faults": has_faults,
    }
    answer = page(request, f"console/sending/{step}.html", {**frame, **context})
    answer.status_code = 400 if has_faults else 200
    return answer


def _step(draft: Draft, key: str, current: str, found: Sequence[Problem]) -> Step:
    is_open = any(key in (problem.path[0], REVIEW) for problem in found)
    return Step(key, str(TITLES[key]), address(draft, key), key == current, is_open)


def onward(request: HttpRequest, draft: Draft, step: str) -> HttpResponseRedirect:
    """After the step was kept: to the next or a chosen one, or back to it with a word that it is kept."""
    do = request.POST.get("do", "")
    if do == "next":
        return HttpResponseRedirect(address(draft, _next(draft, step)))
    if leads_on(do):
        return HttpResponseRedirect(address(draft, do.partition(":")[2]))
    messages.success(request, gettext("The draft is kept. It waits for you under “New process”."))
    return HttpResponseRedirect(address(draft, step))


def leads_on(do: str) -> bool:
    """``go:people``: to a step by its name, as far as somebody has come."""
    return do == "next" or do in {f"go:{step}" for step in ORDER}


def keeps(do: str) -> bool:
    """``save`` stays on the page."""
    return do == "save" or leads_on(do)


def _next(draft: Draft, step: str) -> str:
    """Without a document nobody signs anywhere."""
    following = ORDER[ORDER.index(step) + 1]
    return MESSAGE if following == PLACES and not draft.papers.exists() else following


def gone(request: HttpRequest, refusal: Refused) -> HttpResponseRedirect:
    messages.error(request, gettext(refusal.detail))
    return HttpResponseRedirect(reverse("console:processes"))


def typed(request: HttpRequest, name: str, most: int = 20_000) -> str:
    """The database takes no NUL."""
    return request.POST.get(name, "").replace("\0", "")[: most + 1].strip()
