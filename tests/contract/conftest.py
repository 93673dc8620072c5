import pytest

from tests.cast import Acme
from tests.contract.calls import Auco


@pytest.fixture
def auco(acme: Acme) -> Auco:
    return Auco(acme)


@pytest.fixture
def stranger(other: Acme) -> Auco:
    """Sara, whose organization has nothing to do with Acme."""
    return Auco(other)
