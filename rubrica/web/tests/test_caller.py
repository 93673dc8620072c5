"""Whose address is believed."""

import pytest
from django.test import RequestFactory

from rubrica.web.caller import address


def asked_from(peer: str, forwarded: str = "") -> str:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return address(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))


def test_it_works() -> None:
    assert asked_from("203.0.113.7") == "203.0.113.7"


def test_a_stranger_may_not_say_who_they_are() -> None:
    assert asked_from("203.0.113.7", "198.51.100.1") == "203.0.113.7"


def test_a_trusted_proxy_says_who_called(settings: object) -> None:
    settings.TRUSTED_PROXIES = {"127.0.0.1", "10.0.0.2"}  # type: ignore[attr-defined]
    assert asked_from("127.0.0.1", "198.51.100.1") == "198.51.100.1"
    assert asked_from("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2") == "198.51.100.1"
    assert asked_from("127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize("nonsense", ["unknown", "<script>", "1.2.3.4:80"])
def test_what_is_no_address_is_left_out(settings: object, nonsense: str) -> None:
    settings.TRUSTED_PROXIES = {"127.0.0.1"}  # type: ignore[attr-defined]
    assert asked_from("127.0.0.1", nonsense) == ""
