"""How bytes come in: streamed to a temporary file while they are counted and hashed, then typed by content."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import filetype

from rubrica.files import storage

CHUNK = 1024 * 1024  # bytes
HEAD = 8192  # bytes, enough for every signature that ``filetype`` knows


class IntakeRefused(Exception):
    """What came in cannot be kept. ``code`` is stable; ``status`` is the HTTP status that says the same."""

    def __init__(self, code: str, status: int, detail: str) -> None:
        super().__init__(detail)
        self.code, self.status, self.detail = code, status, detail


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Arrived:
    """Bytes that have come in whole and are synced to disk, but are not kept yet."""

    path: Path
    size: int
    sha256: str
    media_type: str


@contextmanager
def arriving(source: Readable, *, limit: int, length: int | None = None) -> Iterator[Arrived]:
    """Streams ``source`` to disk and yields it whole; the temporary file is gone afterwards unless it was kept.

    ``length`` is the announced number of bytes: fewer means that the connection was cut.
    Raises IntakeRefused with FILE_TOO_LARGE (413), UPLOAD_INCOMPLETE (400) or FILE_EMPTY (400).
    """
    if length is not None and length > limit:
        raise _too_large(limit)
    descriptor, name = tempfile.mkstemp(dir=storage.incoming())
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            size, sha256, head = _copy(source, file.fileno(), limit, length)
            os.fsync(file.fileno())
        yield Arrived(path, size, sha256, sniff(head))
    finally:
        path.unlink(missing_ok=True)


def _copy(source: Readable, target: int, limit: int, length: int | None) -> tuple[int, str, bytes]:
    hasher, size, head = hashlib.sha256(), 0, b""
    while chunk := _read(source, CHUNK if length is None else min(CHUNK, length - size)):
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
        hasher.update(chunk)
        _write(target, chunk)
    if length is not None and size < length:
        raise IntakeRefused("UPLOAD_INCOMPLETE", 400, "The connection was cut before the whole file had arrived.")
    if size == 0:
        raise IntakeRefused("FILE_EMPTY", 400, "The file is empty.")
    return size, hasher.hexdigest(), head


def _read(source: Readable, size: int) -> bytes:
    if size <= 0:
        return b""
    try:
        return source.read(size)
    except OSError:
        raise IntakeRefused(
            "UPLOAD_INCOMPLETE", 400, "The connection was cut before the whole file had arrived."
        ) from None


def _write(target: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(target, view) :]


def _too_large(limit: int) -> IntakeRefused:
    return IntakeRefused("FILE_TOO_LARGE", 413, f"The file is larger than the {limit} bytes that are accepted.")


def sniff(head: bytes) -> str:
    """The media type by content; what no signature tells is text when it reads as text, else plain bytes."""
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    if b"\0" in head:
        return "application/octet-stream"
    try:
        # The head may end inside a character, so up to three last bytes may be left over.
        head[: max(0, len(head) - 3)].decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"
