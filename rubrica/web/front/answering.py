"""How an answer goes out: a short one at once, a long one piece by piece, as fast as its reader takes it and no thread
waits meanwhile."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import IO, Any

from rubrica.files import storage
from rubrica.web.front.wire import Call, Headers, InThread

logger = logging.getLogger(__name__)

SHORT = 256 * 1024  # bytes that are handed over in one piece; the server keeps them until they are read
SECONDS = 60  # for a piece of that size


class Said:
    """What the application says before its body."""

    def __init__(self) -> None:
        self.status, self.headers = 500, list[tuple[str, str]]()

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
        self.status, self.headers = int(status[:3]), headers
        return _never

    @property
    def length(self) -> int | None:
        said = next((value for name, value in self.headers if name.lower() == "content-length"), "")
        return int(said) if said.isdigit() else None


def _never(content: bytes) -> object:
    raise NotImplementedError("PEP 3333 has this for applications of 2003.")


def is_short(parts: Any, said: Said) -> bool:
    return not getattr(parts, "streaming", False) or (said.length is not None and said.length <= SHORT)


def is_of_file(parts: Any) -> bool:
    """Whether any thread may read on, one after the other: what asks the database must stay on its own."""
    return getattr(parts, "file_to_stream", None) is not None or getattr(parts, "is_of_file", False)


async def whole(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), SHORT):
        yield content[at : at + SHORT]


async def read_by_threads(parts: Iterator[bytes], in_thread: InThread) -> AsyncIterator[bytes]:
    """Pieces of a file, each read by whichever thread is free when the reader is ready for it."""
    while (piece := await in_thread(lambda: next(parts, None))) is not None:
        yield piece


class Made:
    """An answer that is made while it goes out. Its maker writes into a file as quickly as it can and is gone; the
    reader follows behind."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._more = loop, asyncio.Event()
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=storage.incoming())  # noqa: SIM115  open until it was read
        self._size, self._ended, self._failed = 0, False, False
        self.is_wanted = True

    def make(self, parts: Iterator[bytes]) -> None:
        """In the thread of the application, to the end."""
        try:
            for piece in parts:
                if not self.is_wanted:
                    break
                self._size += self._file.write(piece)
                self._file.flush()
                self._loop.call_soon_threadsafe(self._more.set)
        except Exception:
            logger.exception("An answer broke off while it was made.")
            self._failed = True
        finally:
            self._ended = True
            self._loop.call_soon_threadsafe(self._more.set)

    async def pieces(self) -> AsyncIterator[bytes]:
        at = 0
        try:
            while at < self._size or not self._ended:
                if at < self._size:
                    piece = os.pread(self._file.fileno(), SHORT, at)
                    at += len(piece)
                    yield piece
                else:
                    self._more.clear()
                    if at >= self._size and not self._ended:
                        await self._more.wait()
            if self._failed:
                raise OSError("The answer broke off.")
        finally:
            self.is_wanted = False
            self._file.close()


async def send(call: Call, said: Said, pieces: AsyncIterator[bytes]) -> bool:
    """Says whether everything went out; if not, the connection must end, or the rest would seem to be all."""
    transport = call.wire.response_stream(said.status, said.headers)
    try:
        async for piece in pieces:
            for at in range(0, len(piece), SHORT):
                async with asyncio.timeout(SECONDS):
                    await transport.send_bytes(piece[at : at + SHORT])
    except (TimeoutError, OSError, RuntimeError):  # too slow; no file any more; gone, as Granian says it
        return False
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]  # each is a generator
    return True
