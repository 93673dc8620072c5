"""RUBRICA_SMTP_URL as Django's mail settings. Imports nothing of Django, because the settings import it."""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

TIMEOUT = 20  # seconds, for connecting and for each answer
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
FORM = "smtp://, smtp+starttls:// or smtps://, then user:password@host:port (user, password and port may be left out)"


def django_settings(url: str) -> dict[str, Any]:
    """The ``EMAIL_…`` settings that ``url`` stands for; an empty one keeps mail in the outbox.

    ``smtp://`` speaks plain text, ``smtp+starttls://`` refuses to go on without STARTTLS, ``smtps://`` is TLS from
    the first byte; both TLS forms check the server's certificate (a private CA is trusted through SSL_CERT_FILE).
    Raises SystemExit with a sentence, which never repeats the password.
    """
    if not url:
        return {"EMAIL_BACKEND": "rubrica.notify.outbox.Outbox"}
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _refused("cannot be read") from None
    _check(parts)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": _port(parts),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT,
    }


def _check(parts: SplitResult) -> None:
    if parts.scheme not in PORTS:
        raise _refused(f"begins with {parts.scheme or 'nothing'!r}")
    if not parts.hostname:
        raise _refused("names no host")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise _refused("has something after the port; special characters in the password are written as %XX")
    if bool(parts.username) != bool(parts.password):
        raise _refused("has a user without a password or a password without a user")


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or PORTS[parts.scheme]
    except ValueError:
        raise _refused("has a port that is not a number from 1 to 65535") from None


def _refused(reason: str) -> SystemExit:
    return SystemExit(f"RUBRICA_SMTP_URL {reason}. It must be {FORM}.")
