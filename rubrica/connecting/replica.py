"""Reads that may lag go to a replica, where there is one that is near enough; else to the database itself.

Only what nobody has just written is read there: figures over months, and exports. A list that somebody looks at after a
step of their own is not among them.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from psycopg_pool import PoolTimeout

REPLICA = "replica"
FRESH = 5.0  # seconds that an answer about the lag is good for

# Nothing to replay is no lag: on a quiet database the last transaction may be hours old. A server that follows nobody
# is no replica, and gives no number.
LAG = """
SELECT CASE WHEN NOT pg_is_in_recovery() THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
                 AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
"""

_chosen: ContextVar[str] = ContextVar("database for reads", default=DEFAULT_DB_ALIAS)
_lock = threading.Lock()
_known: list[tuple[float, float | None]] = []  # when it was asked, and what it said


def lag() -> float | None:
    """Seconds that the replica is behind; None where it does not answer or is none."""
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(LAG)
            found = (cursor.fetchone() or [None])[0]
    except (Error, psycopg.Error, PoolTimeout):
        return None
    finally:
        connections[REPLICA].close()
    return None if found is None else max(0.0, float(found))


def is_near() -> bool:
    seconds = known_lag()
    return seconds is not None and seconds <= settings.REPLICA_LAG_SECONDS


def known_lag() -> float | None:
    """Asked once in five seconds, and by one thread: the others go by what was known."""
    if not (_is_fresh() or (_known and _lock.locked())):
        with _lock:
            if not _is_fresh():  # who held the lock before has just asked
                found = lag()
                _known[:] = [(time.monotonic(), found)]
    return _known[0][1]


def _is_fresh() -> bool:
    return bool(_known) and time.monotonic() - _known[0][0] < FRESH


@contextmanager
def lagging_reads() -> Iterator[str]:
    """What is read inside goes to the replica, where it is near. Gives the alias, for statements of one's own."""
    alias = REPLICA if REPLICA in settings.DATABASES and is_near() else DEFAULT_DB_ALIAS
    token = _chosen.set(alias)
    try:
        yield alias
    finally:
        _chosen.reset(token)
        if alias == REPLICA:
            connections[REPLICA].close()  # back to its pool


class Router:
    """Django asks it for each query."""

    def db_for_read(self, model: object, **hints: object) -> str | None:
        chosen = _chosen.get()
        return chosen if chosen == REPLICA else None

    def db_for_write(self, model: object, **hints: object) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: object, other: object, **hints: object) -> bool:
        return True  # all of them are the same rows

    def allow_migrate(self, alias: str, app_label: str, **hints: object) -> bool:
        return alias == DEFAULT_DB_ALIAS


def alias() -> str:
    """Where statements of our own go now."""
    return _chosen.get()
