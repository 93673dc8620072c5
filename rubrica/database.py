"""Prepared statements on Django's own connection, for the few calls whose cost is counted in microseconds, and the one
place that does a transaction again which the database had to undo."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, JSONField, Model
from psycopg import Connection, Cursor

from rubrica.connecting import replica
from rubrica.tenancy import sending

Row = tuple[Any, ...]
T = TypeVar("T")


def one_row(statement: str, values: Mapping[str, Any]) -> Row | None:
    """The first row, inside the transaction that the caller may have opened."""
    return first(all_rows(statement, values))


def all_rows(statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Every row, as ``one_row`` gives the first."""
    connection.ensure_connection()
    return sending.answer(connection.connection, statement, values)


def planned_row(statement: str, values: Mapping[str, Any]) -> Row | None:
    """The first row of a statement whose best plan depends on its values, so that it is planned for these."""
    return first(planned_rows(statement, values))


def planned_rows(statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Every row, as ``planned_row`` gives the first; from the replica within ``lagging_reads``."""
    on = connections[replica.alias()]
    on.ensure_connection()
    return sending.answer(on.connection, statement, values, prepare=False)


def let_go() -> None:
    """Gives the connection back to the pool before something slow: a body on its way, an engine at work.

    The pool has a few connections for hundreds of threads; the next statement takes one again by itself.
    """
    if not connection.in_atomic_block:
        connection.close()


def first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def prepared(on: Connection[Any], statement: str, values: Mapping[str, Any]) -> Cursor[Row]:
    """For tables of no organization alone: nothing says whose rows it may see."""
    return Cursor(on).execute(statement, values, prepare=True)


def insert(row: Model) -> None:
    """Inserts a new row and gives it its id, by one prepared statement: what ``save`` does at a third of its cost.

    For models without signals and without inheritance, which all of ours are.
    """
    values = {str(field.column): _stored(field, getattr(row, field.attname)) for field in _columns(type(row))}
    row.pk = insert_many(type(row), [values])[0]
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS


@cache
def _columns(model: type[Model]) -> "tuple[Field[Any, Any], ...]":
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


def _stored(field: "Field[Any, Any]", value: Any) -> Any:
    return json.dumps(value) if isinstance(field, JSONField) and value is not None else value


def insert_many(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts rows given by column, and gives their ids in the same order.

    One prepared statement whatever their number, where ``bulk_create`` builds and quotes a new one each time: for
    three participants with three files that is a third of the CPU of starting a process. Every column must be named.
    """
    if not rows:
        return []
    columns = tuple(rows[0])
    arrays = [[row[column] for row in rows] for column in columns]
    connection.ensure_connection()
    return [row[0] for row in sending.answer(connection.connection, _insertion(model, columns), arrays)]


@cache
def _insertion(model: type[Model], columns: tuple[str, ...]) -> str:
    fields = {field.column: field for field in model._meta.concrete_fields}
    types = [str(fields[column].db_type(connection)).partition("(")[0] for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    # JSON goes as text and is cast, since an array of documents has no adapter of its own.
    arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in types)
    values = ", ".join(f'r."{column}"::{kind}' for column, kind in zip(columns, types, strict=True))
    table = model._meta.db_table
    return (
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM unnest({arrays}) WITH ORDINALITY AS r({names}, place) '  # noqa: S608
        "ORDER BY r.place RETURNING id"
    )


# PostgreSQL undoes one of two transactions that wait for each other, or that could not have run one after the other.
UNDONE = {"40P01", "40001"}
TRIES = 4
PAUSE = 0.05  # seconds, twice as many at each try


def was_undone(error: BaseException | None) -> bool:
    """Whether it comes of a transaction that PostgreSQL broke off for another's sake, and that would do as well now."""
    while error is not None:
        if getattr(error, "sqlstate", None) in UNDONE:
            return True
        error = error.__cause__
    return False


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try, of a length that nobody shares."""
    for number in range(TRIES - 1):
        yield random.uniform(0.2, 1) * PAUSE * 2**number  # noqa: S311  no secret comes of it


def retried(work: Callable[[], T], may_repeat: Callable[[], bool] = lambda: True) -> T:
    """Does ``work`` anew, the whole of it, when its transaction was undone and ``may_repeat`` says that nothing else of
    it remains. Inside a transaction of the caller the error goes up, as all of that is undone too."""
    for pause in pauses():
        try:
            return work()
        except Exception as error:  # Whatever the error was wrapped into: what it comes of decides.
            if connection.in_atomic_block or not was_undone(error) or not may_repeat():
                raise
        let_go()
        time.sleep(pause)
    return work()
