"""``months``: the partitions of events and deliveries, and events of years ago taken out of the way."""

import argparse
import re
from typing import TYPE_CHECKING, Any

from rubrica.commands import base

if TYPE_CHECKING:
    from rubrica.commands.base import Commands, Rows

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
SIZES = """
SELECT pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = to_regclass(%s)
"""
OPEN = """
SELECT count(*) FROM processes_process
 WHERE id >= %s AND id < %s AND state IN ('open', 'editing')
"""
PLANNED = "SELECT count(*), max(at) FROM processes_due WHERE process_id >= %s AND process_id < %s"
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
MOVE = """
WITH moved AS (DELETE FROM "{rest}" WHERE process_id >= %s AND process_id < %s RETURNING {columns})
INSERT INTO "{part}" ({columns}) SELECT {columns} FROM moved
"""


def add(commands: "Commands") -> None:
    months = commands.add_parser("months", help="the months that events and deliveries are kept in")
    months.add_argument("action", choices=["list", "make", "detach", "attach"])
    months.add_argument("--month", metavar="YYYY-MM", help="detach, attach: whose events")
    base.with_json(months, _months, dry_run=True)


def _months(options: argparse.Namespace) -> int:
    do = {"list": _list, "make": _make, "detach": _detach, "attach": _attach}
    return base.answered(options, do[options.action])


def _list(options: argparse.Namespace) -> "Rows":
    from django.db import connection

    from rubrica.connecting import months

    rows: Rows = []
    with connection.cursor() as cursor:
        for table in [table for family in months.FAMILIES for table, _ in family.tables]:
            for part, holds in months.parts(table).items():
                cursor.execute(SIZES, [part])
                size, count = cursor.fetchone() or (0, 0)
                rows.append({"table": table, "part": part, "holds": holds, "rows": count, "bytes": size})
    return rows


def _make(options: argparse.Namespace) -> "Rows":
    from rubrica.connecting import months

    missing = months.missing()
    if not options.dry_run:
        months.keep_up()
    return [{"part": part} for part in missing]


def _detach(options: argparse.Namespace) -> "Rows":
    """The table stays, by itself, to be dumped and dropped. Nothing of it is found or checked by the product then."""
    from django.db import connection

    from rubrica.connecting import months
    from rubrica.tenancy.owner import as_owner

    month, part = _asked(options)
    if part not in months.parts(months.EVENTS.tables[0][0]):
        raise base.Unclear(f"{part} is no part of the events: `rubrica months list`.")
    if month >= months.this_month():
        raise base.Unclear("Only a month that is over can be taken out.")
    with as_owner(), connection.cursor() as cursor:
        _refuse_what_goes_on(cursor, month * months.IDS, (month + 1) * months.IDS)
        if not options.dry_run:
            cursor.execute(f'ALTER TABLE processes_event DETACH PARTITION "{part}"')
    return [{"detached": part}]


def _refuse_what_goes_on(cursor: Any, low: int, high: int) -> None:
    """Raises Unclear where something of that month is sure to want a history."""
    cursor.execute(OPEN, [low, high])
    if is_open := (cursor.fetchone() or [0])[0]:
        raise base.Unclear(f"{is_open} processes of that month are open. Take it out when they have ended.")
    cursor.execute(PLANNED, [low, high])
    planned, last = cursor.fetchone() or (0, None)
    if planned:
        raise base.Unclear(
            f"For processes of that month {planned} things are still to be done, such as to raise the level of a seal; "
            f"the last of them on {last:%Y-%m-%d}. Take it out after that."
        )


def _attach(options: argparse.Namespace) -> "Rows":
    from django.db import connection, transaction

    from rubrica.connecting import months
    from rubrica.tenancy.owner import as_owner

    month, part = _asked(options)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [part])
        if not (cursor.fetchone() or [False])[0] or part in months.parts(months.EVENTS.tables[0][0]):
            raise base.Unclear(f"There is no table {part} beside the events.")
        back = 0
        if not options.dry_run:
            with transaction.atomic():
                back = _put_back(cursor, part, month * months.IDS, (month + 1) * months.IDS)
    return [{"attached": part, "back": back}]


def _put_back(cursor: Any, part: str, low: int, high: int) -> int:
    """Attaches a part, with the events that came for its processes meanwhile: they lie in the rest, and no part may be
    attached for which the rest has rows. Gives how many there were."""
    from rubrica.connecting import months

    table = months.EVENTS.tables[0][0]
    rest = f"{table}_{months.REST}"
    cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
    cursor.execute(f'ALTER TABLE "{rest}" DISABLE TRIGGER USER')  # it guards history, which here only moves
    cursor.execute(COLUMNS, [part])
    columns = ", ".join(f'"{column}"' for (column,) in cursor.fetchall())
    cursor.execute(MOVE.format(part=part, rest=rest, columns=columns), [low, high])
    moved = int(cursor.rowcount)
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered for which checks are still to come
    cursor.execute(f'ALTER TABLE "{rest}" ENABLE TRIGGER USER')
    cursor.execute(f'ALTER TABLE "{table}" ATTACH PARTITION "{part}" FOR VALUES FROM ({low}) TO ({high})')
    return moved


def _asked(options: argparse.Namespace) -> tuple[int, str]:
    """Raises Unclear."""
    from rubrica.connecting import months

    found = MONTH.fullmatch(options.month or "")
    if found is None:
        raise base.Unclear("Say which month with --month, such as 2024-01.")
    month = (int(found[1]) - 2000) * 12 + int(found[2]) - 1
    return month, months.name(months.EVENTS.tables[0][0], month)
