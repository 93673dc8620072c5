"""A clock that tests can turn, and processes that somebody writes to on this or that day."""

from datetime import UTC, date, datetime, time, timedelta
from time import sleep
from typing import Any

import pytest

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


def close_all() -> int:
    """What the job of the clock and its followers do, without the signatures; gives how many heads were made.

    Like the job, it comes again where a day could not be closed yet: a transaction that ends in another database of
    this server holds the horizon back for a moment.
    """
    made = 0
    for _ in range(20):
        made += sum(closing.close_days(organization_id) for organization_id in closing.organizations_behind())
        if not closing.organizations_behind():
            break
        sleep(0.05)
    return made


def heads(organization_id: int) -> list[tuple[str, int]]:
    found = LedgerHead.objects.filter(organization_id=organization_id).order_by("day")
    return [(head.day.strftime("%A"), head.size) for head in found]
