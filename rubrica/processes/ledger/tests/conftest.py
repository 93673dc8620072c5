import pytest

from rubrica.processes.ledger.tests.days import Days
from tests.cast import Acme, make_acme


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(monkeypatch)


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    """What a transaction has not committed stands before the horizon, so nothing of it is ever in a ledger."""
    return make_acme()
