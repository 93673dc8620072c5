"""Asking a timestamp server (RFC 3161 §2.4.1 and §3.4)."""

from __future__ import annotations

import asyncio
import secrets

from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock
from rubrica.sealing.levels import token
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.token import Token
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.writing import der
from rubrica.webhooks import http

SECONDS = 10.0  # for a job; a seal waits for less
LARGEST = 64 * 1024  # bytes of an answer; the usual ones have 2,000 to 8,000
NONCE_BITS = 64
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.NULL)
TRUE = b"\x01\x01\xff"


def ask(server: Server, digest: bytes, seconds: float = SECONDS) -> Token:
    """A checked timestamp over a SHA-256 digest. Raises ``NotRaised``; not to be called from an event loop."""
    nonce = secrets.randbits(NONCE_BITS) | 1 << (NONCE_BITS - 1)
    answer = asyncio.run(_post(server, _query(digest, nonce), seconds))
    return token.check(answer, digest, nonce, server.anchors, clock.now())


def _query(digest: bytes, nonce: int) -> bytes:
    imprint = der.sequence(SHA256, der.octets(digest))
    return der.sequence(der.integer(1), imprint, der.integer(nonce), TRUE)  # the certificates are to come along


async def _post(server: Server, query: bytes, seconds: float) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply", **server.login}
    headers["User-Agent"] = "Rubrica"
    answer = await http.send(
        "POST", server.url, headers=headers, content=query, limit=LARGEST, seconds=seconds, inside=True
    )
    if answer.is_success and answer.is_whole:
        return answer.body
    said = f"HTTP {answer.status}" if answer.status else f"{answer.failure} {answer.detail}"
    raise NotRaised("TSA_AWAY", _("The timestamp server cannot be reached, or has trouble of its own."), said)
