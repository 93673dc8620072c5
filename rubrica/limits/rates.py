"""How often somebody may call, counted in PostgreSQL so that it holds over all processes and machines.

One moment is kept for each caller: when its account will be full again (the generic cell rate algorithm). A call moves
it on by what the call costs, by one statement, unless that leads further ahead than a whole minute. Whoever calls often
would make us ask for each call; so a process takes several calls at once on credit, never more than a fiftieth of the
minute's, and counts those by itself. They are counted where they were taken, so nobody gets more than is allowed; a
process that does not use up what it took leaves its callers that much less for a few seconds.
"""

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rubrica.database import Row

logger = logging.getLogger(__name__)

MINUTE = 60.0
SHARE = 50  # parts of a minute's calls, of which a process takes one at once at the most
KEPT = 20_000  # callers whose credit is in memory
STALE = 10.0  # seconds after which what was taken is no longer relied on

TAKE = """
INSERT INTO limits_rate AS r (key, full_at) VALUES (%(key)s, clock_timestamp() + make_interval(secs => %(cost)s))
    ON CONFLICT (key) DO UPDATE
   SET full_at = greatest(r.full_at, clock_timestamp()) + make_interval(secs => %(cost)s)
 WHERE r.full_at <= clock_timestamp() + make_interval(secs => %(room)s)
RETURNING extract(epoch FROM full_at - clock_timestamp())::float8
"""
LEFT = "SELECT extract(epoch FROM full_at - clock_timestamp())::float8 FROM limits_rate WHERE key = %(key)s"

Fetch = Callable[[str, dict[str, Any]], Row | None]


@dataclass
class Verdict:
    """``left`` calls may come at once now, and ``full_in`` seconds from now as many as ever."""

    may: bool
    most: int
    left: int
    full_in: int
    wait: int = 0


@dataclass
class Credit:
    calls: int = 0  # taken and not used
    size: int = 1  # of the next one
    taken_at: float = 0.0
    ahead: float = 0.0  # seconds until the account is full, when it was asked for
    closed_until: float = 0.0


class Rate:
    """``most`` calls a minute of one kind; 0 is without end. ``fetch`` runs a statement in a transaction of its own."""

    def __init__(self, kind: str, most: int, fetch: Fetch, now: Callable[[], float] = time.monotonic) -> None:
        self._kind, self.most, self._fetch, self._now = kind, most, fetch, now
        self._credits: OrderedDict[bytes, Credit] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str) -> Verdict | None:
        """Counts a call; None where nothing is limited, or the database cannot say."""
        if self.most <= 0:
            return None
        key = self._key(caller)
        with self._lock:
            credit = self._credit(key)
            now = self._now()
            if now < credit.closed_until:
                return self._closed(credit.closed_until - now)
            if credit.calls > 0 and now - credit.taken_at < STALE:
                credit.calls -= 1
                return self._open(credit, now)
            size = credit.size = self._next_size(credit, now)
        return self._ask(key, credit, size)

    def closed(self, caller: str) -> Verdict | None:
        """What ``take`` would refuse now, as far as this process knows; asks nobody and counts nothing."""
        with self._lock:
            credit = self._credits.get(self._key(caller)) if self._credits else None
            wait = credit.closed_until - self._now() if credit else 0.0
        return self._closed(wait) if wait > 0 else None

    def _key(self, caller: str) -> bytes:
        return hashlib.sha256(f"{self._kind} {caller}".encode(errors="surrogatepass")).digest()[:16]

    def _credit(self, key: bytes) -> Credit:
        credit = self._credits.get(key)
        if credit is None:
            credit = self._credits[key] = Credit()
            if len(self._credits) > KEPT:
                self._credits.popitem(last=False)
        self._credits.move_to_end(key)
        return credit

    def _next_size(self, credit: Credit, now: float) -> int:
        """Twice as many for who has used up the last within a second; who comes now and then is asked for each time."""
        if now - credit.taken_at > 1.0:
            return 1
        return max(1, min(credit.size * 2, self.most // SHARE))

    def _ask(self, key: bytes, credit: Credit, size: int) -> Verdict | None:
        each = MINUTE / self.most
        try:
            row = self._taken(key, size, each)
            if row is None and size > 1:
                size, row = 1, self._taken(key, 1, each)
            if row is None:
                return self._refused(key, credit, each)
        except Exception:
            # Without the database nothing is counted, and what is asked for will say so itself.
            logger.warning("Calls could not be counted.", exc_info=True)
            return None
        with self._lock:
            credit.calls, credit.taken_at, credit.ahead = size - 1, self._now(), row[0]
            return self._open(credit, credit.taken_at)

    def _taken(self, key: bytes, size: int, each: float) -> Row | None:
        return self._fetch(TAKE, {"key": key, "cost": size * each, "room": MINUTE - size * each})

    def _refused(self, key: bytes, credit: Credit, each: float) -> Verdict:
        row = self._fetch(LEFT, {"key": key})
        wait = max(0.0, (row[0] if row else 0.0) + each - MINUTE)
        with self._lock:
            credit.calls, credit.closed_until = 0, self._now() + wait
        return self._closed(wait)

    def _open(self, credit: Credit, now: float) -> Verdict:
        ahead = max(0.0, credit.ahead - (now - credit.taken_at))
        left = int((MINUTE - ahead) * self.most / MINUTE) + credit.calls
        return Verdict(True, self.most, max(0, min(left, self.most)), round(ahead))

    def _closed(self, wait: float) -> Verdict:
        return Verdict(False, self.most, 0, round(MINUTE), wait=max(1, round(wait)))
