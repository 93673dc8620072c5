"""Which addresses are called, whatever form they come in."""

import ipaddress

import pytest

from rubrica.webhooks import addresses, http

INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:7f00:1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not addresses.is_allowed(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_public_is_allowed(address: str) -> None:
    assert addresses.is_allowed(address)


@pytest.mark.parametrize("text", ["", "localhost", "300.1.1.1", "1.2.3", "::g"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    assert not addresses.is_allowed(text)


def test_a_setting_names_networks_that_are_called(settings: object) -> None:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")]  # type: ignore[attr-defined]
    assert addresses.is_allowed("10.1.2.3")
    assert addresses.is_allowed("fd00::7")
    assert not addresses.is_allowed("10.2.0.1")
    assert not addresses.is_allowed("::ffff:10.1.2.3")
    assert not addresses.is_allowed("169.254.169.254")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("//example.com/x", "scheme"),
        ("https://user:password@example.com/", "userinfo"),
        ("https://user@example.com/", "userinfo"),
        ("https:///path", "host"),
        ("https://exa%6dple.com/", "host"),
        ("https://127.0.0.1/", "private"),
        ("https://127.1/", "private"),
        ("https://0/", "private"),
        ("https://2130706433/", "private"),
        ("https://0x7f000001/", "private"),
        ("https://0177.0.0.1/", "url"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("http://2852039166/", "private"),
        ("http://[::1]/", "private"),
        ("http://[::ffff:169.254.169.254]/", "private"),
        ("http://[::ffff:a9fe:a9fe]/", "private"),
        ("https://example.com:22/", "port"),
        ("https://example.com:25/", "port"),
        ("https://example.com/a b", "url"),
        ("https://example.com/\r\nX: y", "url"),
        ("https://example.com:99999/", "port"),
        ("https://" + "a" * 2000 + ".example/", "url"),
    ],
)
def test_addresses_that_are_never_called(url: str, code: str) -> None:
    with pytest.raises(http.UrlRefused) as refused:
        http.check_url(url)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?a=b#c",
        "http://example.com",
        "https://example.com:8443/x",
        "https://1.1.1.1/x",
        "https://[2606:4700::1111]/x",
        "https://bücher.example/x",
    ],
)
def test_addresses_that_may_be_called(url: str) -> None:
    assert http.check_url(url).scheme in {"http", "https"}
