"""Tables that grow for ever are kept in months, so that an old one goes as a whole and a new one has small indexes.

A month is told by numbers, not by dates: the ids of a month begin at its place in the calendar times ``IDS``. At the
turn of a month the sequence jumps there. So what is looked up by an id is looked for in one partition, and what was
unique stays so; by dates neither would hold. Events are divided by the id of their process, which keeps the chain of a
process together; deliveries by their own id, and their attempts by that of the delivery.

What is done to tables is done by functions of the database that belong to the owner of the tables: whoever serves may
call them, and needs no other right.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

log = logging.getLogger(__name__)

IDS = 10**12  # of a month; the year 2750 is the first whose ids no JavaScript could read
AHEAD = 3  # months that are there before they come
BEFORE, REST = "before", "rest"  # what was there when the table was divided, and what has no place in any month


@dataclass(frozen=True)
class Family:
    """Tables that go by the same numbers. ``ids`` is the table whose ids they are."""

    ids: str
    tables: tuple[tuple[str, str], ...]  # with the column that holds the number


EVENTS = Family("processes_process", (("processes_event", "process_id"),))
DELIVERIES = Family("webhooks_delivery", (("webhooks_delivery", "id"), ("webhooks_attempt", "delivery_id")))
FAMILIES = (EVENTS, DELIVERIES)

PARTS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname
"""
NOW = "SELECT month_of(now())"


def keep_up(**_: Any) -> int:
    """Makes the months that come, and begins the one that has come; gives how many tables were made.

    Each table in a transaction of its own, which gives up after two seconds of waiting: the next turn comes.
    """
    made = 0
    for family in FAMILIES:
        names = [table for table, _ in family.tables]
        if not all(is_divided(table) for table in names):
            continue
        now = this_month()
        for month in range(now, now + AHEAD + 1):
            made += sum(_make(table, month) for table in names)
        _asked("SELECT begin_month(%s, %s)", [family.ids, names])
    return made


def _make(table: str, month: int) -> bool:
    try:
        return bool(_asked("SELECT make_month(%s, %s)", [table, month]))
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        log.warning("%s is busy: its part for a coming month is made at the next turn.", table)
        return False


def drop_empty(family: Family) -> int:
    """Removes the tables of months that are over and hold nothing any more; gives how many."""
    dropped = 0
    for table, _ in reversed(family.tables):
        for month in months(table):
            dropped += month < this_month() and bool(_asked("SELECT drop_empty_month(%s, %s)", [table, month]))
    return dropped


def this_month() -> int:
    return int(_asked(NOW, []))


def missing() -> list[str]:
    """Partitions that should be there already and are not."""
    now = this_month()
    wanted = [(table, month) for family in FAMILIES for table, _ in family.tables for month in range(now, now + AHEAD)]
    return [name(table, month) for table, month in wanted if month not in months(table)]


def name(table: str, month: int) -> str:
    return f"{table}_{2000 + month // 12}_{month % 12 + 1:02}"


def parts(table: str) -> dict[str, str]:
    """The partitions of a table, with what they hold in PostgreSQL's words."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [table])
        return dict(cursor.fetchall())


def months(table: str) -> list[int]:
    found = (part.removeprefix(f"{table}_").split("_") for part in parts(table))
    return sorted((int(one[0]) - 2000) * 12 + int(one[1]) - 1 for one in found if len(one) == 2)


def is_divided(table: str) -> bool:
    return bool(_asked("SELECT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass(%s))", [table]))


def _asked(statement: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return (cursor.fetchone() or [None])[0]
