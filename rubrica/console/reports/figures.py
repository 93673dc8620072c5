"""Counts of processes and the time they took: each figure one statement over an index on the moment.

What they cost is sorting the times, 2 s of CPU for half a million processes, and not reading the rows: all figures in
one statement (GROUPING SETS) were measured to cost half as much again. So what took long is kept for a while instead.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.console.reports.period import Asked
from rubrica.database import planned_rows
from rubrica.processes.models import Process

MOST_GROUPS = 20
LONG, KEPT = 1.0, 600  # seconds
ENDS = (Process.State.FINISHED, Process.State.REJECTED, Process.State.EXPIRED, Process.State.CANCELLED)

OURS = """
p.organization_id = %(organization)s AND p.{moment} >= %(since)s AND (%(template)s = '' OR p.template = %(template)s)
AND (%(folder)s = '' OR p.folder_id IN (SELECT f.id FROM processes_folder f
      WHERE f.organization_id = %(organization)s AND (f.path = %(folder)s OR f.path LIKE %(below)s)))
"""
SENT = f"""
SELECT date_trunc(%(unit)s, p.created_at AT TIME ZONE 'UTC') AS part, count(*)
  FROM processes_process p WHERE {OURS.format(moment="created_at")} GROUP BY part
"""  # noqa: S608  put together from the texts above
ENDED = f"""
SELECT date_trunc(%(unit)s, p.ended_at AT TIME ZONE 'UTC') AS part, p.state, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM p.ended_at - p.created_at))
           FILTER (WHERE p.state = 'finished')
  FROM processes_process p WHERE {OURS.format(moment="ended_at")} GROUP BY part, p.state
"""  # noqa: S608
TYPICAL = f"""
SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM p.ended_at - p.created_at))
  FROM processes_process p WHERE {OURS.format(moment="ended_at")} AND p.state = 'finished'
"""  # noqa: S608
GROUPED = f"""
SELECT p.{{column}}, count(*), count(*) FILTER (WHERE p.state = 'finished'),
       count(*) FILTER (WHERE p.state IN ('rejected', 'expired', 'cancelled')),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM p.ended_at - p.created_at))
           FILTER (WHERE p.state = 'finished')
  FROM processes_process p WHERE {OURS.format(moment="created_at")}
 GROUP BY p.{{column}} ORDER BY count(*) DESC LIMIT {MOST_GROUPS}
"""  # noqa: S608


@dataclass
class Part:
    """One part of the period: what was sent in it, and what came to which end in it."""

    start: datetime
    sent: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    median: timedelta | None = None  # from sending to the end, of what was finished in it

    @property
    def finished(self) -> int:
        return self.ended.get(Process.State.FINISHED, 0)

    @property
    def unfinished(self) -> int:
        """Ended without agreement: rejected, expired or cancelled."""
        return sum(self.ended.values()) - self.finished


@dataclass(frozen=True)
class Group:
    """What was sent in the period in one folder or from one template; ``key`` None or empty is in none."""

    key: Any
    sent: int
    finished: int
    unfinished: int
    median: timedelta | None


@dataclass(frozen=True)
class Figures:
    parts: Sequence[Part]
    median: timedelta | None
    slowest: timedelta | None  # of ten, nine take less
    by_folder: Sequence[Group]
    by_template: Sequence[Group]
    at: datetime

    def total(self, state: str) -> int:
        return sum(part.ended.get(state, 0) for part in self.parts)

    @property
    def sent(self) -> int:
        return sum(part.sent for part in self.parts)


def lately(organization: Organization, asked: Asked) -> Figures:
    """As they were counted some minutes ago, where counting takes long."""
    said = json.dumps([organization.pk, asked.period, asked.folder, asked.template])
    key = f"reports:{hashlib.sha256(said.encode()).hexdigest()}"
    found: Figures | None = cache.get(key)
    if found is None:
        begun = time.monotonic()
        found = figures(organization, asked)
        if time.monotonic() - begun > LONG:
            cache.set(key, found, KEPT)
    return found


def figures(organization: Organization, asked: Asked) -> Figures:
    parts = {start: Part(start) for start in asked.starts()}
    values = _values(organization, asked)
    later = Part(clock.now())  # what happens while this is read, behind the last midnight: counted the next time
    for start, count in planned_rows(SENT, values):
        parts.get(start.replace(tzinfo=UTC), later).sent = count
    for start, state, count, seconds in planned_rows(ENDED, values):
        part = parts.get(start.replace(tzinfo=UTC), later)
        part.ended[state] = count
        part.median = part.median if seconds is None else timedelta(seconds=float(seconds))
    typical = planned_rows(TYPICAL, values)[0][0] or [None, None]
    median, slowest = (None if one is None else timedelta(seconds=float(one)) for one in typical)
    by_folder, by_template = (_grouped(column, values) for column in ("folder_id", "template"))
    return Figures([*parts.values()], median, slowest, by_folder, by_template, clock.now())


def _grouped(column: str, values: Mapping[str, Any]) -> list[Group]:
    rows = planned_rows(GROUPED.format(column=column), values)
    return [
        Group(key, sent, finished, unfinished, None if seconds is None else timedelta(seconds=float(seconds)))
        for key, sent, finished, unfinished, seconds in rows
    ]


def _values(organization: Organization, asked: Asked) -> dict[str, Any]:
    escaped = asked.folder.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "organization": organization.pk,
        "since": asked.starts()[0],
        "unit": asked.unit,
        "folder": asked.folder,
        "below": f"{escaped}/%",
        "template": asked.template,
    }
