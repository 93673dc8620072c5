"""When a key or a token was last used, to ten minutes: each web process writes it down that often at most, so that a
program that polls costs no write a call."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rubrica import clock
from rubrica.database import Row, one_row

EVERY = timedelta(minutes=10)
MOST = 10_000  # secrets that a process remembers; then it begins anew

# Several processes see the same key: only the first of them writes.
NOTE = """
UPDATE {table} SET last_used_at = %(now)s
 WHERE digest = %(digest)s AND (last_used_at IS NULL OR last_used_at < %(before)s) RETURNING id
"""
NOTE_KEY, NOTE_TOKEN = (NOTE.format(table=table) for table in ("accounts_apikey", "accounts_bearertoken"))

Fetch = Callable[[str, dict[str, Any]], Row | None]

_seen: dict[bytes, float] = {}
_lock = threading.Lock()


def key_used(digest: bytes, fetch: Fetch = one_row) -> None:
    _used(NOTE_KEY, digest, fetch)


def token_used(digest: bytes) -> None:
    _used(NOTE_TOKEN, digest, one_row)


def _used(statement: str, digest: bytes, fetch: Fetch) -> None:
    if _is_due(digest):
        now = clock.now()
        fetch(statement, {"digest": digest, "now": now, "before": now - EVERY})


def _is_due(digest: bytes) -> bool:
    now = time.monotonic()
    if now - _seen.get(digest, float("-inf")) < EVERY.total_seconds():
        return False
    with _lock:
        if len(_seen) >= MOST:
            _seen.clear()
        _seen[digest] = now
    return True
