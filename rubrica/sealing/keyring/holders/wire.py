"""Calls to services that hold keys: JSON over the one guarded way out, with time-outs and a few tries.

A service is named by an owner, so its address is as foreign as a webhook's: public ones only, unless the operator
allows a private network (RUBRICA_ALLOW_PRIVATE_ADDRESSES). What is sent is never repeated in an error.
"""

import asyncio
import base64
import binascii
import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from rubrica.sealing.keyring.holders.base import HolderFailed
from rubrica.webhooks import addresses, http

SECONDS = 10.0  # for one try
WAITS = (0.4, 1.2)  # seconds before the second and the third try
LIMIT = 256 * 1024  # bytes of an answer
LONGEST = 200  # characters of what the other side says
BUSY = {429, 500, 502, 503, 504}
NOT_MADE = {"NAME", "CONNECTION"}  # failures after which nothing can have happened on the other side
EARLY = 60.0  # seconds before its end that a token counts as over

Headers = Callable[[bytes], Mapping[str, str]]


def check_endpoint(text: str) -> str:
    """The address without a slash at its end. Raises HolderFailed for one that is never called.

    Credentials go there, so it is https, except inside a network that the operator has allowed.
    """
    try:
        url = http.check_url(text)
    except http.UrlRefused as refused:
        raise HolderFailed(
            "HOLDER_ADDRESS", "The address of the service cannot be called.", detail=refused.sentence
        ) from None
    fixed = addresses.written_out(url.raw_host.decode("ascii"))
    is_inside = fixed is not None and not addresses.is_public(ipaddress.ip_address(fixed))
    if url.scheme != "https" and not is_inside:
        raise HolderFailed("HOLDER_ADDRESS", "The address of the service must begin with https://.")
    return str(url).rstrip("/")


def call(
    method: str,
    url: str,
    body: Mapping[str, Any] | None = None,
    *,
    headers: Headers | Mapping[str, str],
    again: bool = True,
) -> dict[str, Any]:
    """The JSON object that comes back. ``headers`` may depend on the bytes sent, as signatures do.

    With ``again`` off the call is repeated only where it cannot have arrived. Raises HolderFailed.
    """
    content = b"" if body is None else json.dumps(body).encode()
    answer = _tried(method, url, content, headers, again=again)
    if not answer.is_success:
        raise _refusal(answer)
    return _object(answer)


def form(url: str, values: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """POST of a form, as token endpoints take it."""
    content = urlencode(values).encode()
    fixed = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **(headers or {})}
    answer = _tried("POST", url, content, fixed, again=True)
    if not answer.is_success:
        raise _refusal(answer)
    return _object(answer)


@dataclass
class Token:
    """A bearer token that is kept until shortly before its end."""

    fetch: Callable[[], dict[str, Any]]
    value: str = ""
    ends: float = 0.0

    def get(self) -> str:
        if not self.value or time.monotonic() >= self.ends:
            found = self.fetch()
            self.value = text(found, "access_token")
            self.ends = time.monotonic() + float(found.get("expires_in") or 0) - EARLY
        return self.value


def text(found: Mapping[str, Any], name: str) -> str:
    """A text of the answer. Raises HolderFailed where there is none."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise useless()
    return value


def octets(value: object) -> bytes:
    """The bytes of a Base64 text, in either alphabet and with or without its padding. Raises HolderFailed."""
    try:
        plain = str(value).replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise useless() from None


def useless() -> HolderFailed:
    return HolderFailed("HOLDER_ANSWER", "The service that holds the key gave an answer that cannot be used.")


def _tried(method: str, url: str, content: bytes, headers: Headers | Mapping[str, str], *, again: bool) -> http.Answer:
    for wait in (*WAITS, None):
        made = headers(content) if callable(headers) else headers
        answer = asyncio.run(http.send(method, url, headers=made, content=content, limit=LIMIT, seconds=SECONDS))
        may_pass = answer.failure in NOT_MADE if answer.status is None else answer.status == 429
        may_pass = may_pass or (again and (answer.failure == "TIMEOUT" or answer.status in BUSY))
        if wait is None or not may_pass:
            break
        time.sleep(wait)
    return answer


def _refusal(answer: http.Answer) -> HolderFailed:
    if answer.status is None:
        sentence = "The service that holds the key cannot be reached."
        detail = f"{answer.failure} {answer.detail}".strip()
        return HolderFailed("HOLDER_UNREACHABLE", sentence, detail=detail, is_passing=answer.failure != "ADDRESS")
    detail = f"HTTP {answer.status} {_said(answer)}".strip()
    if answer.status in BUSY:
        sentence = "The service that holds the key has trouble of its own."
        return HolderFailed("HOLDER_UNREACHABLE", sentence, detail=detail, is_passing=True)
    return HolderFailed("HOLDER_REFUSED", "The service that holds the key refused.", detail=detail)


def _said(answer: http.Answer) -> str:
    """The words of the error, in whichever of the usual places they are."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return ""
    error = found.get("error", found) if isinstance(found, dict) else {}
    if isinstance(error, str):
        error = {"code": error, "message": found.get("error_description")}
    if not isinstance(error, dict):
        return ""
    words = (error.get(name) for name in ("__type", "status", "code", "message", "Message"))
    said = " ".join(dict.fromkeys(str(word) for word in words if word))
    return "".join(letter if letter.isprintable() else " " for letter in said)[:LONGEST]


def _object(answer: http.Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body) if answer.is_whole else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise useless()
    return found
