"""A page of records: filtered, sorted, counted, within a budget of time."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DataError, OperationalError
from psycopg.errors import QueryCanceled

from rubrica.accounts.models import Member
from rubrica.records import bridge, query
from rubrica.records.access import Rights
from rubrica.records.errors import Wrong
from rubrica.records.models import Definition, Record

MOST_ORDERS = 10
DEFAULT_LIMIT = 100


@dataclass(frozen=True)
class Asked:
    """``sort`` maps names to 1 or -1, first things first."""

    query: Any = field(default_factory=dict)
    sort: dict[str, int] = field(default_factory=dict)
    skip: int = 0
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True)
class Page:
    records: list[Record]
    total: int


def page(definition: Definition, member: Member, asked: Asked) -> Page:
    """What the member sees of what is asked for. Raises Wrong, also when it takes longer than the budget."""
    rights = Rights(definition, member)
    condition, values = query.Filter(definition.shape, rights, lambda: query.user_ids(rights)).sql(asked.query)
    seen, more = rights.condition()
    tables, of_tables = bridge.tables(definition)
    where = f"r.definition_id = %s AND {condition} AND {seen}"
    values = [*of_tables, definition.pk, *values, *more]
    order = _order(definition, rights, asked.sort)
    count = f"{tables}SELECT count(*) FROM records_record r WHERE {where}"  # noqa: S608  names from the definition alone
    chosen = f"{tables}SELECT r.* FROM records_record r WHERE {where} ORDER BY {order} LIMIT %s OFFSET %s"  # noqa: S608
    total, rows = _within_budget(count, chosen, values, [asked.limit, asked.skip])
    for record in rows:
        record.definition = definition
    return Page(rows, total)


def _within_budget(count: str, chosen: str, values: list[Any], window: list[int]) -> tuple[int, list[Record]]:
    budget = _Budget(settings.RECORD_QUERY_SECONDS)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            budget.lay_on(cursor)
            cursor.execute(count, values)
            total: int = cursor.fetchone()[0]
            budget.lay_on(cursor)
            rows = list(Record.objects.raw(chosen, [*values, *window]))
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # what the caller does next has its own time
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise Wrong("query", "takes longer than %(most)s seconds", query.SOURCE, most=budget.seconds) from None
        raise
    except DataError:
        raise Wrong("query", "must have regular expressions that can be read", query.SOURCE) from None
    return total, rows


class _Budget:
    """Of both statements together: a pattern can be written so that it would run for minutes."""

    def __init__(self, seconds: int) -> None:
        self.seconds, self.until = seconds, time.monotonic() + seconds

    def lay_on(self, cursor: Any) -> None:
        left = max(1, round((self.until - time.monotonic()) * 1000))  # 0 would be no limit at all
        cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [str(left)])


def _order(definition: Definition, rights: Rights, sort: dict[str, int]) -> str:
    """Without a wish in the order of their making; ties are broken by the id, so that pages never overlap."""
    if not sort:
        return "r.id"
    if len(sort) > MOST_ORDERS:
        raise Wrong("sort", "must not have more than %(most)s keys", query.SOURCE, most=MOST_ORDERS)
    parts = []
    for name, direction in sort.items():
        of = query.target(definition.shape, rights, name, f"sort.{name}")
        if of.block is not None or (of.field is not None and of.field.is_attachment):
            raise Wrong(f"sort.{name}", "is not allowed", query.SOURCE)
        # Field names are letters, digits, dots and underscores, as the definition has checked.
        expression = of.column or f"r.values -> '{of.inner}'"
        parts.append(f"{expression} {'ASC NULLS FIRST' if direction == 1 else 'DESC NULLS LAST'}")
    return ", ".join([*parts, "r.key"])
