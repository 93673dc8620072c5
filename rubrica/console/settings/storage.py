"""Settings → Storage: where the bytes are, how many there are, and what is kept for how long."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rubrica.accounts.models import Member
from rubrica.console.access import shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.files import address, storage

TEMPLATE = "console/settings/storage.html"
COUNTED_FOR = 600  # seconds; millions of files are not added up for each look at the page
COUNT = "SELECT count(*), coalesce(sum(size), 0) FROM files_blob WHERE organization_id = %s"


@dataclass(frozen=True)
class Kept:
    """What, and for how long."""

    what: str | Promise
    time: str | Promise


@shown_to_members
def show_storage(request: HttpRequest, member: Member) -> HttpResponse:
    place = storage.where()
    folder = place.path if isinstance(place, address.Folder) else None
    context = {
        "folder": folder,
        "place": place,
        "free": _free(folder) if folder else None,
        "held": _held(member.organization_id),
        "kept": list(_kept()),
    }
    return settings_page(request, "storage", TEMPLATE, context)


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _held(organization_id: int) -> tuple[int, int] | None:
    """Files and bytes, or None where counting takes too long."""
    key = f"storage:{organization_id}"
    found: tuple[int, int] | None = cache.get(key)
    if found is not None:
        return found
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '3s'")
            cursor.execute(COUNT, [organization_id])
            row = cursor.fetchone()
    except DatabaseError:
        return None
    assert row is not None
    found = (int(row[0]), int(row[1]))
    cache.set(key, found, COUNTED_FOR)
    return found


def _kept() -> list[Kept]:
    forever = _("for good")
    return [
        Kept(_("Processes, documents, files and evidence"), forever),
        Kept(_("Pictures of faces and identity cards"), _after_end(settings.BIOMETRIC_DAYS)),
        Kept(_("Records and their files"), forever),
        Kept(_("Events and this organization's audit"), forever),
        Kept(_("Calls to webhooks"), _days(settings.WEBHOOK_DAYS)),
        Kept(_("Files that were sent but are in no record yet"), _hours(settings.STAGED_HOURS)),
        Kept(_("Files that nothing points at any more"), _days(1)),
    ]


def _after_end(days: int) -> str | Promise:
    if days <= 0:
        return _("for good")
    return ngettext_lazy("%(days)d day after the process", "%(days)d days after the process", days) % {"days": days}


def _days(days: int) -> str | Promise:
    return ngettext_lazy("%(days)d day", "%(days)d days", days) % {"days": days}


def _hours(hours: int) -> str | Promise:
    return ngettext_lazy("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}
