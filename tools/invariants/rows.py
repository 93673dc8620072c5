"""Reading rows as they were at one moment."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
BATCH = 2000


class Rows:
    """One transaction that sees one moment and changes nothing."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def each(self, statement: str, values: Sequence[Any] | None = None) -> Iterator[Row]:
        """As many as there are, a bounded number in memory."""
        name = f"invariants_{id(statement)}"
        with self._connection.cursor(name, row_factory=dict_row) as cursor:
            cursor.itersize = BATCH
            cursor.execute(statement, values)
            yield from cursor

    def all(self, statement: str, values: Sequence[Any] | None = None) -> list[Row]:
        return list(self.each(statement, values))


@contextmanager
def at_one_moment(url: str) -> Iterator[Rows]:
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Rows(connection)


def as_value(text_or_value: Any) -> Any:
    """Of a jsonb column, which some connections give as text."""
    return json.loads(text_or_value) if isinstance(text_or_value, str) else text_or_value
