"""Timestamp servers that are real here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rubrica.doctor import timestamps
from rubrica.doctor.findings import Finding
from rubrica.sealing.levels import server
from tests import tsa
from tests.tsa import Authority


@pytest.fixture(scope="module")
def running() -> Iterator[Authority]:
    with tsa.authority() as authority:
        yield authority


@pytest.fixture
def authority(running: Authority) -> Iterator[Authority]:
    yield running
    running.fault = ""


def asked(authority: Authority, anchors: str | None = None) -> Finding:
    found = server.read(authority.url, authority.pem if anchors is None else anchors)
    assert found is not None
    return timestamps.look_at(found)


def test_a_good_server_gives_one_and_the_clocks_are_compared(authority: Authority) -> None:
    found = asked(authority)
    assert (found.status, "0 s apart" in found.sentence or "1 s apart" in found.sentence) == ("ok", True)
    assert authority.calls[-1][0] == "/tsa"


def test_none_is_set(settings: Any) -> None:
    settings.TSA = None
    found = timestamps.timestamps()
    assert (found.status, "B-B" in found.sentence) == ("ok", True)


@pytest.mark.parametrize(
    ("fault", "said"), [("500", "HTTP 500"), ("refuse", "no credit left"), ("nonce", "another nonce")]
)
def test_what_a_seal_would_not_take_is_a_failure(authority: Authority, fault: str, said: str) -> None:
    authority.fault = fault
    found = asked(authority)
    assert (found.status, said in found.sentence, bool(found.do)) == ("failure", True, True)


def test_a_strangers_server_and_one_taken_on_its_word(authority: Authority) -> None:
    with tsa.authority() as other:
        found = asked(authority, other.pem)
    assert (found.status, "RUBRICA_TSA_CA_FILE" in found.do) == ("failure", True)
    found = asked(authority, "")
    assert (found.status, "on its word" in found.sentence) == ("warning", True)
    found = asked(authority, "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    assert (found.status, "RUBRICA_TSA_CA" in found.sentence) == ("failure", True)


def test_clocks_that_differ_are_told() -> None:
    def late() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=2)

    with tsa.authority(clock=late) as authority:
        found = asked(authority)
    assert (found.status, "120 s apart" in found.sentence or "121 s apart" in found.sentence) == ("warning", True)


def test_a_certificate_that_ends_soon_is_told() -> None:
    with tsa.authority(life=timedelta(days=9)) as authority:
        found = asked(authority)
    assert (found.status, "ends on" in found.sentence) == ("warning", True)
