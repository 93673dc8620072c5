"""The outbox: messages that were kept because no provider is configured, for the organization's owner alone."""

from functools import wraps
from typing import Any, Protocol

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.notify.models import OutboxMessage

PAGE = 50  # messages
# Nothing in the mail runs or loads; its links open in a tab of their own, so that the owner can follow an invitation.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class Page(Protocol):
    def __call__(self, request: HttpRequest, owner: Member, *args: Any, **kwargs: Any) -> HttpResponse: ...


def owners_only(page: Page) -> Any:
    """Hands the signed-in owner to the page, in the owner's language; other members are refused."""

    @never_cache
    @require_safe
    @login_required
    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = request.user
        if not isinstance(member, Member) or not member.is_owner:
            raise PermissionDenied
        with translation.override(member.language):
            return page(request, member, *args, **kwargs)

    return guarded


@owners_only
def outbox(request: HttpRequest, owner: Member) -> HttpResponse:
    messages = _kept(owner).order_by("-id").defer("text", "html")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        messages = messages.filter(pk__lt=int(before))
    found = list(messages[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    return render(request, "notify/outbox.html", {"outbox": found[:PAGE], "older": older, "before": before})


@owners_only
def message(request: HttpRequest, owner: Member, pk: int) -> HttpResponse:
    kept = get_object_or_404(_kept(owner), pk=pk)
    return render(request, "notify/message.html", {"message": kept})


@owners_only
def message_html(request: HttpRequest, owner: Member, pk: int) -> HttpResponse:
    kept = get_object_or_404(_kept(owner), pk=pk)
    return HttpResponse(
        kept.html,
        headers={
            "Content-Security-Policy": MAIL_POLICY,
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )


def _kept(owner: Member) -> QuerySet[OutboxMessage]:
    """A code that is over is gone from the page at once, and from the database within a minute."""
    lasting = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    return owner.organization.outbox_messages.filter(lasting)
