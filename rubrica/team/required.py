"""Where an organization asks for a second factor, a member without one sees their own account and nothing else."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.team import factors

GUARDED = ("/console", "/outbox")
OPEN = ("/console/account", "/console/language")


class SecondFactorRequired:
    """Before every view of the members' pages, whichever door of its own that has."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if not request.path.startswith(GUARDED) or request.path.startswith(OPEN):
            return None
        member = request.user
        if not isinstance(member, Member) or not factors.is_missing(member):
            return None
        with translation.override(member.language):
            messages.warning(request, _("Your organization asks for a second factor. Set one up, and go on."))
        return HttpResponseRedirect(reverse("console:account"))
