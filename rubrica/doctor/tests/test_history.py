"""The guard of history, and its ledger, as they should be and as they should not."""

from datetime import timedelta

import pytest
from django.db import transaction

from rubrica.doctor.history import history
from rubrica.processes.ledger.tests.days import Days, close_all
from rubrica.processes.models import LedgerHead
from tests import queue, sending
from tests.cast import make_acme
from tests.tampering import as_superuser


def test_an_installation_without_events_is_well(db: None) -> None:
    assert history().status == "ok"


def test_a_guard_that_was_switched_off_is_noticed(db: None) -> None:
    for statement in ("ALTER TABLE processes_event DISABLE TRIGGER append_only",
                      "ALTER TABLE processes_event DISABLE TRIGGER only_erased",
                      "DROP TRIGGER append_only ON processes_ledgernode"):  # fmt: skip
        with transaction.atomic(), as_superuser() as cursor:
            cursor.execute(statement)
            found = history()
            transaction.set_rollback(True)
        assert (found.status, "rubrica ledger check" in found.do) == ("failure", True)
    assert history().status == "ok"


def test_days_that_nobody_closes_or_signs(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    days = Days(monkeypatch)
    sending.start(make_acme())
    days.pass_midnight()
    assert history().status == "ok"
    days.go_on(days=1)
    assert (history().status, "1 organizations lack a day" in history().sentence) == ("warning", True)
    close_all()
    assert history().status == "ok"
    days.go_on(days=1)
    assert (history().status, "have not been signed" in history().sentence) == ("warning", True)
    queue.run("sign_ledger_head")
    assert history().status == "ok"
    assert LedgerHead.objects.get().made_at == days.now - timedelta(days=1)
