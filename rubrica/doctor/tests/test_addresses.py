from typing import Any

import pytest

from rubrica.doctor import addresses


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("https://sign.example.com", "ok", "https://sign.example.com"),
        ("http://127.0.0.1:8000", "ok", "on this machine alone"),
        ("http://localhost:8000", "ok", "on this machine alone"),
        ("http://[::1]:8000", "ok", "on this machine alone"),
        ("http://sign.example.com", "warning", "unencrypted"),
        ("http://192.168.1.4:8000", "warning", "unencrypted"),
        ("sign.example.com", "failure", "links are built"),
        ("ftp://sign.example.com", "failure", "links are built"),
        ("https://", "failure", "links are built"),
        ("https://[::1", "failure", "links are built"),
        ("https://example.com/sign", "failure", "below a path"),
    ],
)
def test_the_public_address(settings: Any, url: str, status: str, words: str) -> None:
    settings.PUBLIC_URL = url
    found = addresses.public_address()
    assert (found.status, words in found.sentence) == (status, True)


@pytest.mark.parametrize(
    ("trusted", "https", "status", "words"),
    [
        ({"127.0.0.1"}, True, "ok", "127.0.0.1"),
        (set(), False, "ok", "No proxy"),
        (set(), True, "warning", "the proxy's address"),
        ({"10.0.0.0/8"}, True, "failure", "10.0.0.0/8"),
        ({"proxy.example"}, True, "failure", "proxy.example"),
        ({"0:0::1"}, True, "failure", "0:0::1"),
        ({"8.8.8.8"}, True, "warning", "8.8.8.8"),
    ],
)
def test_trusted_proxies(settings: Any, trusted: set[str], https: bool, status: str, words: str) -> None:
    settings.TRUSTED_PROXIES, settings.HTTPS = trusted, https
    found = addresses.proxies()
    assert (found.status, words in found.sentence) == (status, True)
