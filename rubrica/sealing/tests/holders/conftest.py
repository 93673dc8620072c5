import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from rubrica.sealing.keyring.holders import wire
from rubrica.sealing.tests.holders.services import Services, serving

OPEN = "127.0.0.2"  # stands for the internet here: the setting names it, and not 127.0.0.1


@pytest.fixture(autouse=True)
def _internet(settings: Any) -> None:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network(OPEN)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WAITS", (0.0, 0.0))


@pytest.fixture
def services() -> Iterator[Services]:
    with serving(OPEN) as found:
        yield found
