"""Certificates, lists and responses from the addresses in certificates, by the guarded way out.

A thousand documents under one timestamp server ask the same questions, so an answer is kept for some minutes, and that
an address gave none for one.
"""

from __future__ import annotations

import asyncio
import threading
import time

from rubrica.webhooks import http

SECONDS = 10.0
LARGEST = 1 << 20  # bytes; a longer list would make every document that much longer
KEPT_SECONDS, FAILED_SECONDS = 600.0, 60.0
MOST_KEPT = 256

_kept: dict[tuple[str, bytes], tuple[float, bytes | str]] = {}
_lock = threading.Lock()


class Unfetched(Exception):
    """The text says what came instead."""


def get(address: str) -> bytes:
    """Raises ``Unfetched``."""
    return _answer("GET", address, b"", {"Accept": "*/*"})


def post(address: str, body: bytes, media_type: str) -> bytes:
    """Raises ``Unfetched``."""
    return _answer("POST", address, body, {"Content-Type": media_type, "Accept": "*/*"})


def forget() -> None:
    with _lock:
        _kept.clear()


def _answer(method: str, address: str, body: bytes, headers: dict[str, str]) -> bytes:
    key = address, body
    with _lock:
        until, kept = _kept.get(key, (0.0, ""))
    if until <= time.monotonic():
        kept = _called(method, address, body, headers)
        lasts = FAILED_SECONDS if isinstance(kept, str) else KEPT_SECONDS
        with _lock:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[key] = time.monotonic() + lasts, kept
    if isinstance(kept, str):
        raise Unfetched(kept)
    return kept


def _called(method: str, address: str, body: bytes, headers: dict[str, str]) -> bytes | str:
    """The body, or in words why there is none."""
    headers = {"User-Agent": "Rubrica", **headers}
    answer = asyncio.run(http.send(method, address, headers=headers, content=body, limit=LARGEST, seconds=SECONDS))
    if answer.is_success and answer.is_whole:
        return answer.body
    if answer.is_success:
        return "is too long"
    return f"answered {answer.status}" if answer.status else f"{answer.failure} {answer.detail}".strip()
