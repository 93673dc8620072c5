"""What a superuser of the database can do to history, against which nothing but the chains and the ledger helps."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

from rubrica.postgres import APPLICATION

UNGUARDED = "SET LOCAL ROLE postgres; SET LOCAL session_replication_role = replica"
GUARDED = f"SET LOCAL session_replication_role = origin; SET LOCAL ROLE {APPLICATION}"
ORDINARY_FLUSH = DatabaseOperations.sql_flush


@contextmanager
def server() -> Iterator[Any]:
    """A connection to the server beside its databases, to make some and roles; as its superuser, in autocommit."""
    with psycopg.connect(os.environ["RUBRICA_DATABASE_URL"], autocommit=True) as found:
        yield found


@contextmanager
def as_superuser() -> Iterator[Any]:
    """A cursor of somebody whom no policy binds, and no right is missing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE postgres")
        yield cursor
        if not connection.needs_rollback:
            cursor.execute(f"SET LOCAL ROLE {APPLICATION}")


@contextmanager
def as_owner() -> Iterator[None]:
    """For what goes over several transactions, on one connection: the work of a migration."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE postgres")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {APPLICATION}")


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
    return [*UNGUARDED.split("; "), *statements] if statements else []
