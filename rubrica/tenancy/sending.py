"""A statement whose values the server binds, and before it whose rows it may see, in one message to PostgreSQL.

libpq's pipeline, and not that of psycopg, which costs three times as much as the statement of a hot read.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from psycopg import Connection, Cursor, OperationalError, errors
from psycopg._queries import PostgresQuery  # the one way to the values as psycopg sends them
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from rubrica.tenancy import sight
from rubrica.tenancy.cursors import said, say

Row = tuple[Any, ...]
Values = Mapping[str, Any] | Sequence[Any]

SAY = b"SELECT set_config('rubrica.organization', $1, true)"
TEXT_TYPE = 25
PREPARED = "_rubrica_prepared"  # the names of statements that the server knows on this connection
NAMES = count(1)
BAD = {ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE, ExecStatus.PIPELINE_ABORTED}


def answer(on: Connection[Any], statement: str, values: Values, *, prepare: bool = True) -> list[Row]:
    """All rows, from within the transaction of the caller or in one of its own."""
    prepare = prepare and on.prepare_threshold is not None  # None: behind a pooler, which knows of no prepared ones
    if on.pgconn.transaction_status != TransactionStatus.IDLE or not on.autocommit:
        _begun(on)
        say(on)
        return _rows(Cursor(on).execute(statement, values, prepare=prepare))
    transformer = Transformer(on)
    query = PostgresQuery(transformer)
    query.convert(statement, values)
    with on.lock:
        try:
            result = _sent(on, query, prepare)
        except errors.InvalidSqlStatementName:
            # Psycopg has the server forget every statement after a rollback to a savepoint or a DROP. Nothing was done.
            result = _sent(on, query, prepare)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple) if result.nfields else []


def _begun(on: Connection[Any]) -> None:
    """Psycopg begins a transaction with its first statement, and whose rows these are belongs into it."""
    if on.pgconn.transaction_status == TransactionStatus.IDLE:
        Cursor(on).execute("SELECT", prepare=False)
        said(on, None)


def _rows(cursor: Cursor[Row]) -> list[Row]:
    return cursor.fetchall() if cursor.description is not None else []


def _sent(on: Connection[Any], query: PostgresQuery, prepare: bool) -> PGresult:
    line = on.pgconn
    known: dict[Any, bytes] = on.__dict__.setdefault(PREPARED, {})
    line.enter_pipeline_mode()
    try:
        begun = {}
        for text, values, types, formats in _both(query):
            if not prepare:
                line.send_query_params(text, values, types, formats)
                continue
            name = known.get((text, types))
            if name is None:
                name = begun[text, types] = b"rubrica_%d" % next(NAMES)
                line.send_prepare(name, text, types)
            line.send_query_prepared(name, values, formats)
        line.pipeline_sync()
        result = _last(on)
    finally:
        if line.status == 0:  # else the connection is lost
            line.exit_pipeline_mode()
    if result.status in BAD:
        known.clear()
        raise errors.error_from_result(result, encoding=on.info.encoding)
    known.update(begun)
    return result


def _both(query: PostgresQuery) -> list[tuple[bytes, Any, tuple[int, ...], Any]]:
    return [
        (SAY, [sight().encode()], (TEXT_TYPE,), None),
        (query.query, query.params, query.types, query.formats),
    ]


def _last(on: Connection[Any]) -> PGresult:
    """Of the statement itself, or of what went wrong first."""
    result = None
    while True:
        found = on.pgconn.get_result()
        if found is None:
            if on.pgconn.status != 0:
                raise OperationalError("The connection to the database is lost.")
            continue  # between the answers to two statements
        if found.status == ExecStatus.PIPELINE_SYNC:
            assert result is not None
            return result
        if result is None or result.status not in BAD:
            result = found
