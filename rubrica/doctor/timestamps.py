"""The timestamp server: asked for a timestamp over random bytes, as a seal asks, and what came is checked."""

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rubrica.doctor.base import is_far
from rubrica.doctor.findings import Finding, failure, ok, together, warning

if TYPE_CHECKING:
    from rubrica.sealing.levels.server import Server
    from rubrica.sealing.levels.token import Token

SLOW = 3.0  # seconds; a seal waits for five
APART = timedelta(seconds=30)  # between the two clocks
SOON = timedelta(days=30)
TO_DO = {
    "TSA_AWAY": "Correct RUBRICA_TSA_URL and the login in it, or open the way to it in the firewall.",
    "TSA_REFUSED": "Ask whoever runs the server; some take only whom they know, or so many a day.",
    "TSA_ANSWER": "Set another server: a seal would not take this answer either. See that the clock here is right.",
    "TSA_UNTRUSTED": "Set RUBRICA_TSA_CA_FILE to the root of this server's certificate, or another RUBRICA_TSA_URL.",
}


def timestamps() -> Finding:
    from django.conf import settings

    if settings.TSA is None:
        return ok("No timestamp server is set: seals are of level B-B, and their time is this machine's word.")
    return look_at(settings.TSA)


def look_at(server: "Server") -> Finding:
    import time

    from rubrica.sealing.levels.asking import ask
    from rubrica.sealing.levels.trouble import NotRaised

    begun = time.monotonic()
    try:
        token = ask(server, hashlib.sha256(secrets.token_bytes(32)).digest())
    except NotRaised as trouble:
        about = f" ({trouble.about})" if trouble.about else ""
        return failure(f"{server.host}: {trouble.detail.rstrip('.')}{about}.", TO_DO[trouble.code])
    except ValueError as error:
        return failure(f"RUBRICA_TSA_CA cannot be read: {error}.", "Give the certificates in PEM form.")
    return together(_oddities(server, token, time.monotonic() - begun) or [_good(server, token)])


def _good(server: "Server", token: "Token") -> Finding:
    return ok(f"{server.host} gave a timestamp that passed its checks; its clock and ours are {_apart(token)} apart.")


def _apart(token: "Token") -> str:
    from rubrica import clock

    return f"{abs(clock.now() - token.at).total_seconds():.0f} s"


def _oddities(server: "Server", token: "Token", seconds: float) -> list[Finding]:
    from rubrica import clock
    from rubrica.sealing.levels import chain

    found, now = [], clock.now()
    if abs(now - token.at) > APART:
        do = "Set this machine's clock by NTP; if it is right, choose another server."
        found.append(warning(f"The clocks of {server.host} and of this machine are {_apart(token)} apart.", do))
    if seconds > SLOW:
        do = "Choose a nearer one: after 5 seconds a document is sealed without a timestamp, and gets one later."
        found.append(warning(f"{server.host} took {seconds:.0f} s to answer.", do))
    if token.good_until - now < SOON:
        do = "Ask whoever runs it for its new certificate: archive timestamps would have to be renewed at once."
        found.append(warning(f"The certificate of {server.host} ends on {token.good_until:%Y-%m-%d}.", do))
    if server.user and server.url.startswith("http://") and is_far(urlsplit(server.url).hostname or ""):
        found.append(
            warning("The login for the timestamp server goes unencrypted.", "Begin its address with https://.")
        )
    if not server.anchors and not chain.is_root(token.chain[-1]):
        do = "Set RUBRICA_TSA_CA_FILE to the root that you trust."
        found.append(warning(f"Whoever issues the certificate of {server.host} is taken on its word.", do))
    return found
