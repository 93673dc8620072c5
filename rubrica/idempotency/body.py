"""The body of a call, hashed while it goes by: what takes 32 MB for the view takes nothing more for us."""

import hashlib
import io
import time
from collections.abc import Callable
from typing import Any, Protocol

from django.http import HttpRequest

CHUNK = 256 * 1024  # bytes
SIGN_OF_LIFE = 5  # seconds; see models.CLAIMED_FOR


class Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...
    def readline(self, size: int = ..., /) -> bytes: ...


class Hashed(io.IOBase):
    """Stands in the place of the request's stream. ``alive`` is called now and then while a slow body comes in."""

    def __init__(self, stream: Stream, start: bytes, length: int, alive: Callable[[], None]) -> None:
        super().__init__()
        self.stream, self.alive = stream, alive
        self.hash, self.left = hashlib.sha256(start), length
        self.last_sign = time.monotonic()

    def read(self, *size: int) -> bytes:
        return self._seen(self.stream.read(*size))

    def readline(self, *size: int) -> bytes:  # type: ignore[override]
        return self._seen(self.stream.readline(*size))

    def _seen(self, chunk: bytes) -> bytes:
        self.hash.update(chunk)
        self.left -= len(chunk)
        if time.monotonic() - self.last_sign > SIGN_OF_LIFE:
            self.last_sign = time.monotonic()
            self.alive()
        return chunk

    def is_whole(self) -> bool:
        """Lets go by what the view has left unread. A body that was cut says nothing about the call."""
        try:
            while self.left > 0 and self.read(CHUNK):
                pass
        except OSError:
            return False
        return self.left == 0

    @property
    def digest(self) -> bytes:
        return self.hash.digest()


def hashed(request: HttpRequest, alive: Callable[[], None]) -> Hashed:
    """Puts the hash between the connection and whoever reads the request: method and address count as well."""
    start = f"{request.method} {request.get_full_path()}\n".encode()
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    inside: Any = request
    inside._stream = stream = Hashed(inside._stream, start, length, alive)
    return stream
