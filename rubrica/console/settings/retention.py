"""Settings → Retention: what is kept for how long, what goes next, and what a change would take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member, Organization
from rubrica.console.access import actor, done_by_owners, shown_to_members
from rubrica.console.actions import refusals_shown
from rubrica.console.settings.areas import settings_page
from rubrica.processes.models import Hold
from rubrica.retention import sweeping
from rubrica.retention.classes import CLASSES, FOREVER, Class, OutOfBounds, checked

TEMPLATE = "console/settings/retention.html"
SAVED = "organization"
LONGEST = 500  # characters of a reason


@dataclass(frozen=True)
class Row:
    """A class with what is set, what was typed, and what would go now."""

    kind: Class
    days: int  # in force; 0 for good
    typed: str
    error: str = ""
    next_at: datetime | None = None
    count: int | None = None
    size: int = 0

    @property
    def default(self) -> str:
        return in_words(self.kind.default)


def in_words(days: int) -> str:
    if days == FOREVER:
        return _("for good")
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@shown_to_members
def retention(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member, list(_rows(member.organization)))


@done_by_owners
def check_retention(request: HttpRequest, member: Member) -> HttpResponse:
    """The dry run: what would go with these days. Nothing is saved."""
    typed = {kind.key: _typed(request, kind) for kind in CLASSES}
    days, errors = _asked(typed)
    if errors:
        return _page(request, member, list(_rows(member.organization, typed, errors)), status=422)
    rows = [_counted(member.organization, kind, typed[kind.key], days.get(kind.key, kind.default)) for kind in CLASSES]
    return _page(request, member, rows, is_checked=True)


@done_by_owners
def save_retention(request: HttpRequest, member: Member) -> HttpResponse:
    typed = {kind.key: _typed(request, kind) for kind in CLASSES}
    days, errors = _asked(typed)
    if errors:
        return _page(request, member, list(_rows(member.organization, typed, errors)), status=422)
    with transaction.atomic():
        before = Organization.objects.select_for_update(no_key=True).get(pk=member.organization_id).retention
        Organization.objects.filter(pk=member.organization_id).update(retention=days)
        changed = {
            key: [before.get(key), days.get(key)] for key in {*before, *days} if before.get(key) != days.get(key)
        }
        note(request, AuditEntry.Kind.SETTINGS_CHANGED, member, "retention", **changed)
    messages.success(request, _("Saved. What is past its time goes within the hour."))
    return HttpResponseRedirect(reverse("console:retention"))


@done_by_owners
def hold_all(request: HttpRequest, member: Member) -> HttpResponse:
    with refusals_shown(request), transaction.atomic():
        reason = request.POST.get("reason", "").replace("\0", "")[:LONGEST]
        Hold.place(member.organization, None, reason, actor(request, member))
        note(request, AuditEntry.Kind.HELD, member, member.organization.slug, reason=reason)
        messages.success(request, _("Nothing is deleted until the hold is lifted."))
    return HttpResponseRedirect(reverse("console:retention"))


@done_by_owners
def lift_all(request: HttpRequest, member: Member) -> HttpResponse:
    with refusals_shown(request), transaction.atomic():
        Hold.lift(member.organization, None, actor(request, member))
        note(request, AuditEntry.Kind.RELEASED, member, member.organization.slug)
        messages.success(request, _("The hold is lifted. What is past its time goes with the next turn."))
    return HttpResponseRedirect(reverse("console:retention"))


def _typed(request: HttpRequest, kind: Class) -> str:
    return request.POST.get(kind.key, "").strip()[:6]


def _asked(typed: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """Days by class, and what is wrong by class. Nothing typed takes what the installation says."""
    errors = {key: _("Write a number of days.") for key, text in typed.items()
              if text and not (text.isascii() and text.isdecimal())}  # fmt: skip
    if errors:
        return {}, errors
    try:
        return checked({key: int(text) if text else None for key, text in typed.items()}), {}
    except OutOfBounds as bounds:
        told = _("From %(least)d to %(most)d days.") % {"least": bounds.least, "most": bounds.most}
        return {}, {bounds.kind.key: told}


def _rows(
    organization: Organization, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Iterator[Row]:
    for kind in CLASSES:
        set_ = organization.retention.get(kind.key)
        text = typed[kind.key] if typed else "" if set_ is None else str(set_)
        days = kind.days_of(organization)
        yield Row(kind, days, text, (errors or {}).get(kind.key, ""), _next(organization, kind, days))


def _next(organization: Organization, kind: Class, days: int) -> datetime | None:
    task = sweeping.task_of(organization, kind.key, days)
    return sweeping.next_to_go(task) if task else None


def _counted(organization: Organization, kind: Class, typed: str, days: int) -> Row:
    """Counting millions is not done twice a minute."""
    key = f"retention:{organization.pk}:{kind.key}:{days}"
    found: tuple[int, int] | None = cache.get(key)
    if found is None:
        task = sweeping.task_of(organization, kind.key, days)
        found = sweeping.counted(task) if task else (0, 0)
        cache.set(key, found, 5)
    return Row(kind, days, typed, "", _next(organization, kind, days), *found)


def _page(
    request: HttpRequest, member: Member, rows: list[Row], *, is_checked: bool = False, status: int = 200
) -> HttpResponse:
    saved = member.organization.audit.filter(kind=AuditEntry.Kind.SETTINGS_CHANGED, subject="retention")
    context = {
        "rows": rows,
        "is_checked": is_checked,
        "goes": sum(row.count or 0 for row in rows),
        "size": sum(row.size for row in rows),
        "hold": Hold.objects.in_force().filter(organization=member.organization, process=None).first(),
        "holds": Hold.objects.in_force()
        .filter(organization=member.organization)
        .exclude(process=None)
        .select_related("process")[:100],
        "changed": saved.order_by("-pk").first(),
    }
    return settings_page(request, "retention", TEMPLATE, context, status)
