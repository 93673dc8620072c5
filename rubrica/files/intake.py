"""How bytes come in: streamed to a temporary file while they are counted and hashed, then typed by content."""

import codecs
import hashlib
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import filetype

from rubrica.files import spooled, storage

CHUNK = 1024 * 1024  # bytes
HEAD = 8192  # bytes, enough for every signature that ``filetype`` knows


class IntakeRefused(Exception):
    """What came in cannot be kept. ``code`` is stable; ``status`` is the HTTP status that says the same."""

    def __init__(self, code: str, status: int, sentence: str, **values: object) -> None:
        self.code, self.status, self.sentence, self.values = code, status, sentence, values
        self.detail = sentence % values if values else sentence
        super().__init__(self.detail)


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True)
class Arrived:
    """Bytes that have come in whole and are synced to disk, but are not kept yet."""

    path: Path
    size: int
    sha256: str
    media_type: str


def announced_length(header: str) -> int:
    """The bytes that a ``Content-Length`` announces. Raises IntakeRefused with LENGTH_REQUIRED (411): without it
    a cut connection would look like an end."""
    if not (header.isascii() and header.isdigit() and len(header) < 20):
        raise IntakeRefused("LENGTH_REQUIRED", 411, "Send a Content-Length, so that a cut upload is noticed.")
    return int(header)


class Hasher:
    """SHA-256 beside the writing: one chunk is hashed by another thread while it is written and the next one comes.

    The threads are few and shared, so a slow upload holds none between its chunks.
    """

    threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="hash")

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._last: Future[None] | None = None

    def update(self, chunk: bytes) -> None:
        self._wait()
        self._last = self.threads.submit(self._hash.update, chunk)

    def hexdigest(self) -> str:
        self._wait()
        return self._hash.hexdigest()

    def _wait(self) -> None:
        if self._last is not None:
            self._last.result()


@contextmanager
def arriving(source: Readable, *, limit: int, length: int | None = None) -> Iterator[Arrived]:
    """Streams ``source`` to disk and yields it whole; the temporary file is gone afterwards unless it was kept.

    ``length`` is the announced number of bytes: fewer means that the connection was cut.
    Raises IntakeRefused with FILE_TOO_LARGE (413), UPLOAD_INCOMPLETE (400) or FILE_EMPTY (400).
    """
    if length is not None and length > limit:
        raise too_large(limit)
    body = spooled.body_of(source)
    if body is not None and body.size == length and (path := body.taken()):
        with _removed(path):
            # Our server has written, counted and hashed it while it came: nothing is copied.
            yield Arrived(path, body.size, body.sha256, sniff(body.head))
        return
    with collecting(limit) as collector:
        _copy(source, collector, length)
        yield collector.arrived()


@contextmanager
def collecting(limit: int) -> "Iterator[Collector]":
    """For bytes that are handed over piece by piece: the file is gone afterwards unless it was kept."""
    descriptor, name = tempfile.mkstemp(dir=storage.incoming())
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield Collector(path, file, limit)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _removed(path: Path) -> Iterator[None]:
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def made(path: Path, media_type: str) -> Arrived:
    """A file that we have made ourselves, hashed and synced."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return Arrived(path, path.stat().st_size, sha256, media_type)


class Collector:
    """Counts, hashes and writes what comes, and is done when ``arrived`` is asked for."""

    def __init__(self, path: Path, file: IO[bytes], limit: int) -> None:
        self._path, self._file, self.limit = path, file, limit
        self._hasher, self._head = Hasher(), b""
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Raises IntakeRefused with FILE_TOO_LARGE (413)."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise too_large(self.limit)
        if len(self._head) < HEAD:
            self._head += chunk[: HEAD - len(self._head)]
        self._hasher.update(chunk)
        write(self._file.fileno(), chunk)

    def arrived(self) -> Arrived:
        """Everything is here and on disk. Raises IntakeRefused with FILE_EMPTY (400)."""
        if self.size == 0:
            raise IntakeRefused("FILE_EMPTY", 400, "The file is empty.")
        digest = self._hasher.hexdigest()
        os.fsync(self._file.fileno())
        return Arrived(self._path, self.size, digest, sniff(self._head))


def _copy(source: Readable, collector: Collector, length: int | None) -> None:
    while chunk := read(source, CHUNK if length is None else min(CHUNK, length - collector.size)):
        collector.write(chunk)
    if length is not None and collector.size < length:
        raise cut()


def read(source: Readable, size: int) -> bytes:
    """The next piece. Raises IntakeRefused with UPLOAD_INCOMPLETE where the server says that the connection is gone."""
    if size <= 0:
        return b""
    try:
        return source.read(size)
    except OSError:
        raise cut() from None


def cut() -> IntakeRefused:
    return IntakeRefused("UPLOAD_INCOMPLETE", 400, "The connection was cut before the whole file had arrived.")


def write(target: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(target, view) :]


def too_large(limit: int) -> IntakeRefused:
    return IntakeRefused(
        "FILE_TOO_LARGE", 413, "The file is larger than the %(limit)s bytes that are accepted.", limit=limit
    )


def sniff(head: bytes) -> str:
    """The media type by content; what no signature tells is text when it reads as text, else plain bytes."""
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    if b"\0" in head:
        return "application/octet-stream"
    try:
        # A full head may end inside a character; what is shorter is the whole file.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"
