from typing import Any

import pytest

from rubrica.notify import smtp


def settings_of(url: str) -> tuple[Any, ...]:
    found = smtp.django_settings(url)
    return tuple(
        found[f"EMAIL_{name}"] for name in ["HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"]
    )


def test_it_works() -> None:
    url = "smtp+starttls://no%40reply:p%3Ass%2Fw@mail.example.com:2587"
    assert settings_of(url) == ("mail.example.com", 2587, "no@reply", "p:ss/w", True, False)
    assert smtp.django_settings(url)["EMAIL_TIMEOUT"] == smtp.TIMEOUT


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1", ("127.0.0.1", 25, "", "", False, False)),
        ("smtp+starttls://mail.example.com", ("mail.example.com", 587, "", "", True, False)),
        ("smtps://mail.example.com/", ("mail.example.com", 465, "", "", False, True)),
        ("smtp://[::1]:2525", ("::1", 2525, "", "", False, False)),
    ],
)
def test_each_scheme_has_its_port_and_its_tls(url: str, expected: tuple[Any, ...]) -> None:
    assert settings_of(url) == expected


def test_no_url_keeps_mail_in_the_outbox() -> None:
    assert smtp.django_settings("") == {"EMAIL_BACKEND": "rubrica.notify.outbox.Outbox"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mail.example.com:25", "begins with"),
        ("http://mail.example.com", "begins with 'http'"),
        ("smtp://", "names no host"),
        ("smtp://mail.example.com:99999", "port"),
        ("smtp://mail.example.com:abc", "port"),
        ("smtp://user:secret/word@mail.example.com", ""),
        ("smtp://user@mail.example.com", "user without a password"),
        ("smtp://mail.example.com:25/inbox", "after the port"),
        ("smtp://mail.example.com?tls=yes", "after the port"),
        ("smtp://[::1", "cannot be read"),
    ],
)
def test_a_bad_url_is_refused_with_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(SystemExit, match="RUBRICA_SMTP_URL") as refused:
        smtp.django_settings(url)
    assert reason in str(refused.value)
    assert "secret" not in str(refused.value)
