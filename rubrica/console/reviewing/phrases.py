"""The reasons that reviewers choose from, in each language in which somebody may read them."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_reviewers, page, shown_to_reviewers
from rubrica.console.actions import refusals_shown
from rubrica.processes.models import Phrase
from rubrica.processes.models.phrase import LONGEST, usual


@shown_to_reviewers
def phrases(request: HttpRequest, member: Member) -> HttpResponse:
    own = list(member.organization.phrases.all())
    languages = [
        {"code": code, "name": name, "own": [one for one in own if one.language == code], "usual": usual(code)}
        for code, name in settings.LANGUAGES
    ]
    return page(request, "console/review/phrases.html", {"groups": languages, "longest": LONGEST})


@done_by_reviewers
def add_phrase(request: HttpRequest, member: Member) -> HttpResponse:
    with refusals_shown(request):
        text = request.POST.get("text", "").replace("\0", "")
        Phrase.add(member.organization, request.POST.get("language", ""), text)
        messages.success(request, _("The phrase is kept."))
    return _back()


@done_by_reviewers
def remove_phrase(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    get_object_or_404(member.organization.phrases, pk=pk).delete()
    messages.success(request, _("The phrase was removed."))
    return _back()


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:phrases"))
