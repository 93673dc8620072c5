"""Settings → Storage: where the bytes are, how many there are, and what is kept for how long."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rubrica.accounts.models import Member, Organization
from rubrica.console.access import shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.files import address, storage
from rubrica.limits import quotas
from rubrica.retention.classes import ATTACHMENTS, CLASSES, DELIVERIES, Class

TEMPLATE = "console/settings/storage.html"
QUOTAS = {
    "processes": _("Processes begun this month"),
    "bytes": _("Space for files"),
    "members": _("Members"),
}
COUNTED_FOR = 600  # seconds; millions of files are not added up for each look at the page
COUNT = """
SELECT count(*), coalesce(sum(size), 0), count(*) FILTER (WHERE NOT encrypted AND erased_at IS NULL),
       count(*) FILTER (WHERE encrypted AND erased_at IS NULL)
  FROM files_blob WHERE organization_id = %s
"""


@dataclass(frozen=True)
class Kept:
    """What, and for how long."""

    what: str | Promise
    time: str | Promise


class Held(NamedTuple):
    files: int
    bytes: int
    plain: int  # files that can be read where they lie, of those that are not erased
    encrypted: int


@shown_to_members
def show_storage(request: HttpRequest, member: Member) -> HttpResponse:
    place = storage.where()
    folder = place.path if isinstance(place, address.Folder) else None
    context = {
        "folder": folder,
        "place": place,
        "free": _free(folder) if folder else None,
        "held": _held(member.organization_id),
        "is_encrypting": settings.ENCRYPTION,
        "root": "kms" if settings.ROOT_KEY_KMS else "file",  # that wraps: a key service stands before a file
        "uses": [(QUOTAS[use.name], use) for use in quotas.uses(member.organization) if use.most is not None],
        "kept": _kept(member.organization),
    }
    return settings_page(request, "storage", TEMPLATE, context)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _held(organization_id: int) -> Held | None:
    """None where counting takes too long."""
    key = f"storage:held:{organization_id}"
    known: tuple[int, int, int, int] | None = cache.get(key)
    if known is not None:
        return Held(*known)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '3s'")
            cursor.execute(COUNT, [organization_id])
            row = cursor.fetchone()
    except DatabaseError:
        return None
    assert row is not None
    found = Held(*map(int, row))
    cache.set(key, tuple(found), COUNTED_FOR)
    return found


def _kept(organization: Organization) -> list[Kept]:
    """What owners change is in Settings → Retention."""
    return [
        *(Kept(one.title, _of_class(one, organization)) for one in CLASSES),
        Kept(_("Records"), _("for good")),
        Kept(_("Events and this organization's audit"), _("for good")),
        Kept(_("Files that were sent but are in no record yet"), _hours(settings.STAGED_HOURS)),
        Kept(_("Files that nothing points at any more"), _days(1)),
    ]


def _of_class(kind: Class, organization: Organization) -> str | Promise:
    days = kind.days_of(organization)
    if days <= 0:
        return _("for good")
    if kind.key in {ATTACHMENTS, DELIVERIES}:
        return _days(days)
    return ngettext_lazy("%(days)d day after the process", "%(days)d days after the process", days) % {"days": days}


def _days(days: int) -> str | Promise:
    return ngettext_lazy("%(days)d day", "%(days)d days", days) % {"days": days}


def _hours(hours: int) -> str | Promise:
    return ngettext_lazy("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
