"""A body on its way in: in memory while it is small, then in a file among those that arrive, hashed on the way."""

import asyncio
import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rubrica.files import storage
from rubrica.files.intake import HEAD, write
from rubrica.files.spooled import Spooled
from rubrica.web.front.wire import InThread

IN_MEMORY = 64 * 1024  # bytes
AT_ONCE = 1024 * 1024  # bytes that a quick sender may be ahead of the disk
ALL_AT_ONCE = 32 * AT_ONCE  # all senders together, who share it
READ_WHOLE = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


class Spool:
    """What has come, and when: ``since`` and ``marks`` are for the clock (``pace``)."""

    def __init__(
        self, length: int, media_type: str, in_thread: InThread, others: Callable[[], int] = lambda: 0
    ) -> None:
        self.length, self.size = length, 0
        self._others = others  # who are sending as well
        self.since = self.marked_at = time.monotonic()
        self.marked = 0  # bytes when the clock looked last
        self._in_thread = in_thread
        self._pieces: list[bytes] = []
        self._held = 0  # bytes in memory
        self._file: int | None = None
        self._path: Path | None = None
        self._head = b""
        # A raw body becomes a file as it is, so it is hashed on the way; any other is read and taken apart first.
        self._hash = None if media_type.startswith(READ_WHOLE) else hashlib.sha256()
        self._writing: asyncio.Future[Any] | None = None

    async def take(self, piece: bytes) -> None:
        self.size += len(piece)
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held <= IN_MEMORY and self._file is None:
            return
        if self._writing is not None and (self._writing.done() or self._held > self._ahead()):
            await self._written()
        if self._writing is None and self._held > IN_MEMORY:
            self._write()

    def _ahead(self) -> int:
        return max(IN_MEMORY, min(AT_ONCE, ALL_AT_ONCE // (self._others() + 1)))

    def _write(self) -> None:
        pieces, self._pieces, self._held = self._pieces, [], 0
        self._writing = asyncio.ensure_future(self._in_thread(lambda: self._to_file(b"".join(pieces))))

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)  # whose file must be there before it can be taken away
            self._writing = None

    def _to_file(self, piece: bytes) -> None:
        if self._file is None:
            self._file, name = tempfile.mkstemp(dir=storage.incoming(), prefix="body-")
            self._path = Path(name)
        if len(self._head) < HEAD:
            self._head += piece[: HEAD - len(self._head)]
        write(self._file, piece)
        if self._hash is not None:
            self._hash.update(piece)

    async def finish(self) -> Spooled:
        """The body as the application reads it, cut or whole."""
        await self._written()
        if self._file is not None and self._held:
            self._write()
            await self._written()
        is_cut = self.size < self.length
        if self._file is None or self._path is None:
            return Spooled.in_memory(b"".join(self._pieces), is_cut)
        spooled = Spooled.in_file(self._path, self._file, self.size, is_cut)
        self._file = self._path = None
        spooled.head, spooled.sha256 = self._head, self._hash.hexdigest() if self._hash else ""
        return spooled

    async def drop(self) -> None:
        """Leaves nothing behind. A write that is under way ends first, or it would make the file again."""
        with contextlib.suppress(OSError):
            await self._written()
        if self._file is not None:
            os.close(self._file)
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._file = self._path = None
