"""What a day and a proof cost in a ledger of more than 100,000 leaves: a few nodes, found by an index."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from rubrica import clock
from rubrica.database import all_rows
from rubrica.processes.ledger import closing, merkle, nodes, proofs
from rubrica.processes.ledger.tests.days import Days
from rubrica.processes.models import LedgerHead, LedgerLeaf, LedgerNode, Process
from tests import sending
from tests.cast import Acme
from tests.tampering import rewriting_history

LEVELS = 17
SIZE = 2**LEVELS - 1  # the next leaf completes a subtree of every level


@pytest.fixture
def process(acme: Acme, days: Days) -> Process:
    """Goes on in a ledger that is long already; its first leaf lies in the middle."""
    found = sending.start(acme)
    leaves = [merkle.leaf_hash(b"%d" % number) for number in range(SIZE)]
    known = {(level, index): one for level, index, one in merkle.grown(0, {}, leaves)}
    rows = [closing._node(acme.organization.pk, level, index, one) for (level, index), one in known.items()]
    with rewriting_history():  # without looking up the organization for each row
        closing._store(LedgerNode, rows)
    LedgerLeaf.objects.create(organization=acme.organization, index=54_321, process=found, length=0, head=b"\0" * 32)
    LedgerHead.objects.create(
        organization=acme.organization,
        day=clock.now().date() - timedelta(days=1),
        size=SIZE,
        root=merkle.root((0, SIZE), known),
        covered=0,
        made_at=clock.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE processes_ledgernode, processes_ledgerleaf, processes_ledgerhead")
    days.pass_midnight()
    return found


def plans(monkeypatch: pytest.MonkeyPatch, act: Any) -> list[Any]:
    """How PostgreSQL answers each statement for nodes that ``act`` makes."""
    asked: list[tuple[str, Any]] = []
    ordinary = all_rows

    def note(statement: str, values: Any) -> Any:
        asked.append((statement, values))
        return ordinary(statement, values)

    with monkeypatch.context() as patched:
        patched.setattr(nodes, "all_rows", note)
        act()
    found = []
    for statement, values in asked:
        cursor = psycopg.Cursor(connection.connection)
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, values, prepare=False)
        found.append((cursor.fetchone() or ([],))[0][0]["Plan"])
    return found


def rows_read(plan: Any) -> Iterator[float]:
    if plan.get("Relation Name"):
        yield (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    for below in plan.get("Plans", ()):
        yield from rows_read(below)


def test_it_costs_about_log_n(process: Process, monkeypatch: pytest.MonkeyPatch, acme: Acme) -> None:
    """One test for all, as a long ledger takes its time to make."""
    acts = (
        lambda: proofs.inclusion(process, SIZE),
        lambda: proofs.inclusion(process, 99_999),
        lambda: proofs.consistency(acme.organization.pk, 65_537, SIZE),
    )
    for act in acts:
        (plan,) = plans(monkeypatch, act)  # so all is read by one statement
        assert sum(rows_read(plan)) <= 4 * LEVELS
        assert "Seq Scan" not in json.dumps(plan) and "ledger_node_place" in json.dumps(plan)

    before = LedgerNode.objects.count()
    (plan,) = plans(monkeypatch, lambda: closing.close_days(acme.organization.pk))
    assert sum(rows_read(plan)) == LEVELS
    assert LedgerNode.objects.count() - before == LEVELS + 1
    head = LedgerHead.objects.order_by("-size")[0]
    assert (head.size, LedgerLeaf.objects.count()) == (SIZE + 1, 2)
    found = proofs.inclusion(process, head.size)
    assert found is not None and (found.root, len(found.path)) == (bytes(head.root), LEVELS)
    assert merkle.includes(found.leaf, found.index, found.size, found.path, found.root)
