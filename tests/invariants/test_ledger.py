"""The checker of invariants recomputes the ledger without our code, and names what does not hold."""

from typing import Any

import pytest
from django.db import connection, transaction

from rubrica.processes.ledger.tests.days import Days, close_all
from tests import queue, sending
from tests.cast import Acme, make_acme
from tests.tampering import UNGUARDED
from tools.invariants import chains
from tools.invariants.findings import Report
from tools.invariants.rows import Rows


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    """What a transaction has not committed stands before the horizon, so nothing of it is ever in a ledger."""
    return make_acme()


def breaches(statement: str = "SELECT 1") -> list[tuple[str, str]]:
    """After ``statement``, which is taken back again."""
    report = Report()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(UNGUARDED)
            cursor.execute(statement)
        chains.check(Rows(connection.connection), report)
        transaction.set_rollback(True)
    assert (report.seen["leaves"], report.seen["heads"], report.seen["chains"]) == (3, 2, 3)
    return [(one.invariant, one.sentence) for one in report.breaches]


def test_a_leaf_a_root_and_a_signature_that_do_not_hold(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    days: Any = Days(monkeypatch)
    for processes in (2, 1):
        for _ in range(processes):
            sending.start(acme)
        days.pass_midnight()
        close_all()
    assert queue.run("close_ledger", "sign_ledger_head") == 2

    assert breaches() == []
    leaf = breaches("UPDATE processes_ledgerleaf SET head = sha256(head) WHERE index = 1")
    assert ("ledger", "leaf 1 does not vouch for event 1") in leaf
    assert ("ledger", "the root of 2 leaves is another one") in leaf
    swapped = "UPDATE processes_ledgerhead SET root = sha256(root) WHERE size = 3"
    root, signature = breaches(swapped)
    assert root == ("ledger", "the root of 3 leaves is another one")
    assert "signature does not hold" in signature[1]
