"""How slow a sender may be, and what becomes of one who is slower.

Judged over windows and not by single pauses: a phone in a lift stands still for some seconds, and goes on.
"""

import asyncio
import time
from collections.abc import Iterator

from rubrica.web.front.spool import Spool

LOOKS = 10  # in a window


class Pace:
    """Every body that is coming in, with the task that takes it. ``least`` is in bytes a second, ``window`` in
    seconds: that much has to come in each."""

    def __init__(self, least: int, window: float) -> None:
        self._window, self._least = window, least * window  # bytes in a window
        self._coming: dict[Spool, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._coming)

    def begin(self, spool: Spool, task: asyncio.Task[None]) -> None:
        self._coming[spool] = task

    def end(self, spool: Spool) -> None:
        self._coming.pop(spool, None)

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(self._window / LOOKS)
            for task in list(self.late(time.monotonic())):
                task.cancel()

    def late(self, now: float) -> Iterator[asyncio.Task[None]]:
        """Those who brought too little in the window that has ended, each asked about once in it."""
        for spool, task in self._coming.items():
            if now - spool.marked_at < self._window:
                continue
            if spool.size - spool.marked < self._least:
                yield task
            spool.marked, spool.marked_at = spool.size, now
