"""What a superuser of the database can do to history, against which nothing but the chains and the ledger helps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

UNGUARDED, GUARDED = (f"SET LOCAL session_replication_role = {role}" for role in ("replica", "origin"))
ORDINARY_FLUSH = DatabaseOperations.sql_flush


@contextmanager
def rewriting_history() -> Iterator[None]:
    """No trigger runs meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UNGUARDED)
        yield
        cursor.execute(GUARDED)


def flush(operations: DatabaseOperations, *args: Any, **options: Any) -> list[str]:
    """Django empties all tables after a test that commits; only a superuser can empty those that are append-only."""
    statements = ORDINARY_FLUSH(operations, *args, **options)
    return [UNGUARDED, *statements] if statements else []
