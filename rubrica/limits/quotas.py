"""How much an organization may have: unset by default, and set by who runs the installation."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Sum

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.intake import IntakeRefused
from rubrica.files.models import Blob
from rubrica.limits.models import Month, Stored

NAMES = {"processes": "most_processes", "bytes": "most_bytes", "members": "most_members"}
PROCESSES_REACHED = "Your organization has begun as many processes as it may in a month. Ask who runs this site."
MEMBERS_REACHED = "Your organization has as many members as it may have. Ask who runs this site."
BYTES_REACHED = "The space for files of this organization is used up. Ask who runs this site."
FRESH = timedelta(minutes=10)  # files of this long are added to the last sum instead of adding up all of them again

PROCESSES = """
SELECT count(*) FROM processes_process
 WHERE organization_id = %(organization)s AND created_at >= %(month)s::timestamp AT TIME ZONE 'UTC'
"""
# The first process that is counted in a month counts those before it; whoever comes second waits here for the first.
BEGIN_MONTH = f"""
INSERT INTO limits_month (organization_id, month, processes)
SELECT %(organization)s, %(month)s, ({PROCESSES})
    ON CONFLICT (organization_id, month) DO NOTHING
"""


class QuotaReached(Exception):
    """``code`` is stable; the sentence says who can change it."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code, self.sentence = code, sentence
        super().__init__(sentence)


def count_process(organization: Organization) -> None:
    """Counts one more in the caller's transaction, which a rollback takes back. Raises QuotaReached."""
    if organization.most_processes is None:
        return
    month, mine = _month(), Month.objects.filter(organization=organization, month=_month())
    with transaction.atomic():
        if not mine.exists():
            with connection.cursor() as cursor:
                cursor.execute(BEGIN_MONTH, {"organization": organization.pk, "month": month})
        if mine.filter(processes__lt=organization.most_processes).update(processes=F("processes") + 1) != 1:
            raise QuotaReached("QUOTA_PROCESSES", PROCESSES_REACHED)


def check_members(organization: Organization) -> None:
    """Before one more is invited or let in, in the caller's transaction: who comes second waits here for the first.
    Raises QuotaReached."""
    if organization.most_members is None:
        return
    Organization.objects.select_for_update().get(pk=organization.pk)
    if members(organization) >= organization.most_members:
        raise QuotaReached("QUOTA_MEMBERS", MEMBERS_REACHED)


def check_bytes(organization: Organization) -> None:
    """Before somebody's file is taken in; what we make ourselves, as seals, always has room. Raises IntakeRefused."""
    if is_full(organization):
        raise IntakeRefused("QUOTA_BYTES", 403, BYTES_REACHED)


def is_full(organization: Organization) -> bool:
    """Whether its files take as much as they may."""
    return organization.most_bytes is not None and stored(organization).size >= organization.most_bytes


def members(organization: Organization) -> int:
    count: int = organization.members.filter(is_active=True).count()
    return count


def processes(organization: Organization) -> int:
    """Begun in this month, by whichever clock the database has."""
    with connection.cursor() as cursor:
        cursor.execute(PROCESSES, {"organization": organization.pk, "month": _month()})
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def stored(organization: Organization) -> Stored:
    """Files and bytes to within those that were removed in the last minutes."""
    found = Stored.objects.filter(organization=organization).first()
    now = clock.now()
    kept = Blob.objects.filter(organization=organization, wiped_at=None)
    if found is None or found.counted_at < now - FRESH:
        counts = {"files": kept.count(), "size": kept.aggregate(size=Sum("size", default=0))["size"], "counted_at": now}
        return Stored.objects.update_or_create(organization=organization, defaults=counts)[0]
    newer = kept.filter(created_at__gt=found.counted_at)
    return Stored(
        organization=organization,
        files=found.files + newer.count(),
        size=found.size + newer.aggregate(size=Sum("size", default=0))["size"],
        counted_at=found.counted_at,
    )


@dataclass(frozen=True)
class Use:
    """``most`` is None where nothing is set."""

    name: str
    used: int
    most: int | None

    @property
    def percent(self) -> int | None:
        if self.most is None:
            return None
        return min(100, round(100 * self.used / self.most)) if self.most else 100


def uses(organization: Organization) -> list[Use]:
    used = {
        "processes": processes(organization),
        "bytes": stored(organization).size,
        "members": members(organization),
    }
    return [Use(name, used[name], getattr(organization, column)) for name, column in NAMES.items()]


def set_quotas(organization: Organization, quotas: dict[str, int | None]) -> None:
    """Those that are named; None lifts one. What was counted this month is counted anew, as nobody has while it was
    unset."""
    changes: dict[str, Any] = {NAMES[name]: most for name, most in quotas.items()}
    with transaction.atomic():
        Month.objects.filter(organization=organization).delete()
        Organization.objects.filter(pk=organization.pk).update(**changes)
    for column, most in changes.items():
        setattr(organization, column, most)


def forget_old() -> int:
    """Callers whose account is full, and months that are over."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM limits_rate WHERE full_at < now()")
        gone = int(cursor.rowcount)
    Month.objects.filter(month__lt=_month() - timedelta(days=40)).delete()
    return gone


def _month() -> date:
    return clock.now().date().replace(day=1)
