"""A clock that tests can turn, and processes that somebody writes to on this or that day."""

from datetime import UTC, date, datetime, time, timedelta
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from rubrica import clock
from rubrica.processes.actor import RUBRICA
from rubrica.processes.ledger import closing
from rubrica.processes.models import Event, LedgerHead, Process

MONDAY = date(2030, 3, 4)


class Days:
    """It is noon on a Monday at first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime.combine(MONDAY, time(12), UTC)
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def go_on(self, **by: Any) -> None:
        self.now += timedelta(**by)

    def pass_midnight(self, days: int = 1) -> None:
        self.now = datetime.combine(self.now.date() + timedelta(days=days), time(0, 10), UTC)


def write(process: Process, times: int = 1) -> None:
    """Something happens in the process, whose row the caller has not loaded in vain."""
    process.refresh_from_db()
    for _ in range(times):
        process.record(Event.Kind.OPENED, RUBRICA)


# Whether something that happened before a moment is not in its organization's ledger.
LEFT = """
SELECT EXISTS (SELECT FROM processes_event e WHERE e.at < %s AND e.position >= coalesce(
    (SELECT max(h.covered) FROM processes_ledgerhead h WHERE h.organization_id = e.organization_id), 0))
"""


def close_all() -> int:
    """What the job of the clock and its followers do, without the signatures; gives how many heads were made.

    A transaction that ends in another database of this server just when the horizon is asked for holds it back, and
    what was written lately would go into the next day. So a day that lacks something is taken back and closed anew.
    """
    for _ in range(20):
        with transaction.atomic():
            made = sum(closing.close_days(organization_id) for organization_id in closing.organizations_behind())
            if not _left():
                return made
            transaction.set_rollback(True)
        sleep(0.05)
    return sum(closing.close_days(organization_id) for organization_id in closing.organizations_behind())


def _left() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [clock.now().replace(hour=0, minute=0)])
        return bool((cursor.fetchone() or [False])[0])


def heads(organization_id: int) -> list[tuple[str, int]]:
    found = LedgerHead.objects.filter(organization_id=organization_id).order_by("day")
    return [(head.day.strftime("%A"), head.size) for head in found]
