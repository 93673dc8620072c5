"""Signed, expiring addresses of attachments (contract/aero.md §3.0).

They name the attachment and not its bytes, so they are dead as soon as it is deleted. A field may have hundreds, and
each read makes them anew: the token is packed by hand, at a tenth of the cost of ``django.core.signing``.
"""

import base64
import hashlib
import hmac
import secrets
import struct
import time
from functools import lru_cache
from urllib.parse import quote, urlsplit

from django.conf import settings

PATH = "/dl/"
KEY, MOMENT, NONCE, SIGNATURE = 12, 8, 4, 16  # bytes
LENGTH = KEY + MOMENT + NONCE + SIGNATURE


class LinkRefused(Exception):
    """The address is forged, broken or too old."""


def download_url(key: str, name: str) -> str:
    """An absolute URL that downloads the attachment ``key`` for ATTACHMENT_URL_SECONDS, without any token."""
    until = int(time.time()) + settings.ATTACHMENT_URL_SECONDS
    signed = bytes.fromhex(key) + struct.pack(">Q", until) + secrets.token_bytes(NONCE)
    token = base64.urlsafe_b64encode(signed + _signature(signed)).decode()
    shown = name.replace("/", "_").replace("\\", "_")  # an escaped slash is a slash to servers
    return f"{settings.PUBLIC_URL}{PATH}{token}/{quote(shown, safe='')}"


def key_of(token: str) -> str:
    """The attachment that a token names. Raises LinkRefused."""
    try:
        packed = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        raise LinkRefused from None
    signed, signature = packed[:-SIGNATURE], packed[-SIGNATURE:]
    if len(packed) != LENGTH or not hmac.compare_digest(signature, _signature(signed)):
        raise LinkRefused
    (until,) = struct.unpack(">Q", signed[KEY : KEY + MOMENT])
    if until < time.time():
        raise LinkRefused
    return signed[:KEY].hex()


def token_in(url: str) -> str | None:
    """The token of an address of ours; None for any other address."""
    ours = urlsplit(settings.PUBLIC_URL)
    parts = urlsplit(url)
    if (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc) or not parts.path.startswith(ours.path + PATH):
        return None
    return parts.path.removeprefix(ours.path + PATH).partition("/")[0]


def _signature(signed: bytes) -> bytes:
    return hmac.digest(_secret(settings.SECRET_KEY), signed, "sha256")[:SIGNATURE]


@lru_cache(maxsize=2)
def _secret(of: str) -> bytes:
    return hashlib.sha256(b"rubrica.records.download\0" + of.encode()).digest()
