"""Statements that say whose rows they may see.

``SET LOCAL`` ends with its transaction, so nothing has to be reset, and a pooler in transaction mode may hand the
connection on. Outside of a transaction it goes in the same message as its statement, which PostgreSQL takes as one
transaction: no round trip more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import register_tzloader
from psycopg import Connection, Cursor, sql
from psycopg.pq import TransactionStatus

from rubrica.tenancy import sight

IDLE, IN_ERROR = TransactionStatus.IDLE, TransactionStatus.INERROR
SAID = "_rubrica_said"  # what was said in the transaction that the connection is in
# What goes with nothing beside it; of rows of ours it shows none.
ALONE = ("CREATE DATABASE", "DROP DATABASE", "VACUUM")
CONCURRENTLY = "CONCURRENTLY"


def wanted(connection: Connection[Any]) -> str | None:
    """What is still to be said on this connection before the next statement; None when it knows."""
    seen, status = sight(), connection.pgconn.transaction_status
    if status == IN_ERROR or (status != IDLE and getattr(connection, SAID, None) == seen):
        return None
    return seen


def said(connection: Connection[Any], what: str | None) -> None:
    setattr(connection, SAID, what)


def say(connection: Connection[Any]) -> None:
    """For statements which cannot be sent together with another. Inside a transaction."""
    what = wanted(connection)
    if what is not None:
        Cursor(connection).execute(_saying(what), prepare=False)
        said(connection, what)


def _saying(what: str) -> str:
    return f"SET LOCAL rubrica.organization = '{what}'"  # digits, a star or nothing


PlainCursor: Any = base.Cursor  # made of psycopg's own while the module is loaded
PlainServerCursor: Any = base.ServerSideCursor


class SeeingCursor(PlainCursor):  # type: ignore[misc]
    """Django's own cursor, whose statements go as text."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        connection: Any = self.connection
        what = wanted(connection)
        if what is None or _goes_alone(str(query)):
            return super().execute(query, params, **options)
        super().execute(_joined(_saying(what), query, connection), params, **options)
        self.nextset()  # the first answer is to SET
        # Outside of a transaction it is forgotten already.
        said(connection, None if connection.pgconn.transaction_status == IDLE else what)
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        with _in_transaction(self.connection):
            say(self.connection)
            super().executemany(query, params_seq, **options)


class SeeingServerCursor(PlainServerCursor):  # type: ignore[misc]
    """Rows that come in chunks: what is declared in a transaction of its own stays after it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        with _in_transaction(self.connection):
            say(self.connection)
            return super().execute(query, params, **options)


def _goes_alone(query: str) -> bool:
    return query.startswith(ALONE) or CONCURRENTLY in query


def _joined(before: str, query: Any, connection: Any) -> Any:
    if isinstance(query, bytes):
        return before.encode() + b"; " + query
    if isinstance(query, sql.Composable):
        query = query.as_string(connection)
    return f"{before}; {query}"


@contextmanager
def _in_transaction(connection: Connection[Any]) -> Iterator[None]:
    """The caller's where there is one."""
    if not connection.autocommit:
        yield
        return
    with connection.transaction():
        said(connection, None)
        yield


class SeeingConnection:
    """For Django's DatabaseWrapper."""

    connection: Any
    timezone: Any

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()  # type: ignore[misc]
        return {**parameters, "cursor_factory": SeeingCursor}

    def create_cursor(self, name: str | None = None) -> Any:
        if not name:
            return super().create_cursor()  # type: ignore[misc]
        kept = self.connection.autocommit  # when the transaction has ended in which it was declared
        cursor = SeeingServerCursor(self.connection, name=name, scrollable=False, withhold=kept)
        register_tzloader(self.timezone, cursor)
        return cursor

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        if self.connection is not None:
            said(self.connection, None)

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        if self.connection is not None:
            said(self.connection, None)

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        said(self.connection, None)  # what was said after the savepoint was undone with it
