"""The end of a day: the heads of the chains that went on are added to the ledger, with the head of the tree.

Which events a day has is told by their position in the feed, not by their time alone: what is written before midnight
and committed after the day was closed goes into the next day, and nothing is ever left out. A head for a day that was
missed is made later, and says when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from rubrica import clock
from rubrica.database import insert, insert_many
from rubrica.processes import jobs
from rubrica.processes.ledger import merkle
from rubrica.processes.ledger.heads import leaf_bytes
from rubrica.processes.ledger.nodes import fetch
from rubrica.processes.models import LedgerHead, LedgerLeaf, LedgerNode

LOCK = 0x4C656467 << 32  # PostgreSQL advisory lock, with the organization's id, held while a day is being closed
BATCH = 10_000  # rows of one INSERT

# Who has written something before today that is not in their ledger. Once yesterday is closed nobody looks again.
BEHIND = """
SELECT o.id FROM accounts_organization o
  LEFT JOIN LATERAL (SELECT h.day, h.covered FROM processes_ledgerhead h WHERE h.organization_id = o.id
                      ORDER BY h.day DESC LIMIT 1) last ON true
 WHERE coalesce(last.day < %(yesterday)s, true) AND EXISTS (
    SELECT FROM processes_event e WHERE e.organization_id = o.id AND e.at < %(midnight)s
       AND e.position >= coalesce(last.covered, 0))
 ORDER BY o.id
"""
# For each process and day the last event that is certain to stay where it is, and how far the ledger knows the chain.
FRESH = """
WITH fresh AS MATERIALIZED (
    SELECT e.process_id, greatest((e.at AT TIME ZONE 'UTC')::date, %(first)s) AS day, max(e.sequence) AS length,
           min(e.position) AS lowest, max(e.position) AS highest
      FROM processes_event e
     WHERE e.organization_id = %(organization)s AND e.position >= %(covered)s AND e.position < %(horizon)s
     GROUP BY 1, 2)
SELECT f.day, f.process_id, p.public_id, f.length, e.hash, f.lowest, f.highest, coalesce(known.length, 0)
  FROM fresh f
  JOIN processes_process p ON p.id = f.process_id
  JOIN processes_event e ON e.process_id = f.process_id AND e.sequence = f.length
  LEFT JOIN LATERAL (SELECT l.length FROM processes_ledgerleaf l WHERE l.process_id = f.process_id
                      ORDER BY l.index DESC LIMIT 1) known ON true
 ORDER BY f.day, p.public_id
"""


@dataclass(frozen=True)
class Chain:
    """A process that went on: how far its chain had come at the end of ``day``."""

    day: date
    process_id: int
    public_id: str
    length: int
    head: bytes | memoryview
    lowest: int
    highest: int
    known: int

    @property
    def is_new(self) -> bool:
        return self.length > self.known


def organizations_behind(now: datetime | None = None) -> list[int]:
    """Whose ledger lacks something that happened before the day (UTC) of that moment, or before today."""
    day = (now or clock.now()).astimezone(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, {"midnight": datetime.combine(day, time(), UTC), "yesterday": day - timedelta(days=1)})
        return [row[0] for row in cursor.fetchall()]


def close_days(organization_id: int) -> int:
    """Closes every day that is over, one after the other; gives how many heads were made."""
    made = 0
    while _close_next(organization_id):
        made += 1
    return made


def _close_next(organization_id: int) -> bool:
    last = _last(organization_id)
    chains = _fresh(organization_id, last)
    today = _today()
    days = [chain.day for chain in chains if chain.is_new and chain.day < today]
    if not days:
        return False
    day = min(days)
    leaves = [chain for chain in chains if chain.is_new and chain.day == day]
    left = [chain.lowest for chain in chains if chain.day > day]
    # Behind what is covered, not at the horizon: a loaded dump goes on behind its last event (``event_order``).
    covered = min(left) if left else 1 + max(chain.highest for chain in chains)
    return _add(organization_id, last, leaves, day=day, covered=covered)


def _fresh(organization_id: int, last: LedgerHead | None) -> list[Chain]:
    """By day. What came before the first head of all counts as yesterday's: no day is signed for that nobody kept."""
    first = last.day + timedelta(days=1) if last else _today() - timedelta(days=1)
    values: dict[str, Any] = {"organization": organization_id, "first": first, "covered": last.covered if last else 0}
    with connection.cursor() as cursor:
        # Before the events: what lies below the horizon now is there for the next statement to see.
        cursor.execute("SELECT event_horizon()")
        values["horizon"] = (cursor.fetchone() or [0])[0]
        cursor.execute(FRESH, values)
        return [Chain(*row) for row in cursor.fetchall()]


def _add(organization_id: int, last: LedgerHead | None, chains: Sequence[Chain], *, day: date, covered: int) -> bool:
    """All of a day or nothing. False when another run was first."""
    size = last.size if last else 0
    edge = fetch(organization_id, merkle.places((0, size)))
    hashes = [merkle.leaf_hash(leaf_bytes(chain.public_id, chain.length, bytes(chain.head))) for chain in chains]
    nodes = list(merkle.grown(size, edge, hashes))
    known = {**edge, **{(level, index): found for level, index, found in nodes}}
    head = LedgerHead(
        organization_id=organization_id,
        day=day,
        size=size + len(chains),
        root=merkle.root((0, size + len(chains)), known),
        covered=covered,
        made_at=clock.now(),
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK | organization_id])
        if _last(organization_id) != last:
            return False
        _store(LedgerLeaf, [_leaf(organization_id, size + number, chain) for number, chain in enumerate(chains)])
        _store(LedgerNode, [_node(organization_id, *node) for node in nodes])
        insert(head)
        jobs.sign_ledger_head.defer(head_id=head.pk)
    return True


def _leaf(organization_id: int, index: int, chain: Chain) -> dict[str, Any]:
    return {
        "organization_id": organization_id,
        "index": index,
        "process_id": chain.process_id,
        "length": chain.length,
        "head": bytes(chain.head),
    }


def _node(organization_id: int, level: int, index: int, found: bytes) -> dict[str, Any]:
    return {"organization_id": organization_id, "level": level, "index": index, "hash": found}


def _store(model: type[LedgerLeaf] | type[LedgerNode], rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        insert_many(model, rows[start : start + BATCH])


def _last(organization_id: int) -> LedgerHead | None:
    return LedgerHead.objects.filter(organization_id=organization_id).order_by("-day").first()


def _today() -> date:
    return clock.now().astimezone(UTC).date()
