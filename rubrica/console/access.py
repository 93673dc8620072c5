"""The doors of the console: who may open a page, and how a process is reached from a member."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rubrica import context
from rubrica.accounts.models import Member
from rubrica.processes.actor import MEMBER, Actor
from rubrica.processes.models import Process
from rubrica.sealing.keyring import checking
from rubrica.web import caller

View = Callable[..., HttpResponseBase]


def shown_to_members(view: View) -> View:
    """A page that reads: every member of the organization may open it."""
    return require_safe(_guarded(view, lambda member: True))


def shown_to_reviewers(view: View) -> View:
    """What only those may see who decide about it."""
    return require_safe(_guarded(view, lambda member: member.may_review))


def shown_to_editors(view: View) -> View:
    """Pages on which something is written: editors and owners."""
    return require_safe(_guarded(view, lambda member: member.may_edit))


def shown_to_owners(view: View) -> View:
    """Who belongs to the organization, and what was done in it."""
    return require_safe(_guarded(view, lambda member: member.is_owner))


def done_by_members(view: View) -> View:
    """An action on one's own account."""
    return require_POST(_guarded(view, lambda member: True))


def done_by_reviewers(view: View) -> View:
    """Deciding about files: reviewers, editors and owners."""
    return require_POST(_guarded(view, lambda member: member.may_review))


def done_by_editors(view: View) -> View:
    """Everything else: editors and owners."""
    return require_POST(_guarded(view, lambda member: member.may_edit))


def done_by_owners(view: View) -> View:
    """What concerns the whole organization: its settings."""
    return require_POST(_guarded(view, lambda member: member.is_owner))


def _guarded(view: View, may: Callable[[Member], bool]) -> View:
    """Hands the signed-in member to the view and speaks the member's language."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        member = request.user
        if not isinstance(member, Member):
            return redirect_to_login(_back(request))
        if not may(member):
            raise PermissionDenied
        context.note(organization=member.organization.slug)
        with translation.override(member.language):
            return view(request, member, **kwargs)

    return guarded


def _back(request: HttpRequest) -> str:
    """Where to go after signing in: this page or, as an address of an action only takes POST, the one it was on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    is_ours = came_from.netloc == urlsplit(settings.PUBLIC_URL).netloc and came_from.path.startswith("/console")
    return came_from._replace(scheme="", netloc="", fragment="").geturl() if is_ours else reverse("console:home")


def process_of(member: Member, public_id: str) -> Process:
    """Not yours is not found."""
    return get_object_or_404(member.organization.processes, public_id=public_id)


def actor(request: HttpRequest, member: Member) -> Actor:
    return Actor(MEMBER, member.email, str(member), caller.address(request), caller.agent(request))


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with what the frame around it needs."""
    member = request.user
    frame = {
        "mail_is_kept": not settings.EMAIL_URL,
        "languages": settings.LANGUAGES,
        "key_notice": checking.notice(member.organization) if isinstance(member, Member) else "",
    }
    return render(request, template, {**frame, **context})
