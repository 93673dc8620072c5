"""Where requests come in: those without a body go to a thread, those with one wait until it is here."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.conf import settings

from rubrica.files.address import Bucket
from rubrica.files.spooled import Spooled
from rubrica.web import caller as callers
from rubrica.web import refusals
from rubrica.web.front import environ, known, sockets
from rubrica.web.front.desk import Desk
from rubrica.web.front.pace import Pace
from rubrica.web.front.room import OPEN_TO_ALL, Room
from rubrica.web.front.spool import IN_MEMORY, READ_WHOLE, Spool
from rubrica.web.front.threads import Threads
from rubrica.web.front.wire import Application, Call, Scope, Wire

logger = logging.getLogger(__name__)

LOOKS = 2  # seconds between two looks at memory and connections
BODIES_SHARE = 4  # of the threads, for requests with long bodies
FILES = 2  # threads that put away what came as it is; more would wait for each other, and everybody else for them
ASKED_FIRST = 1 << 20  # bytes: whoever sends more has to have business here, which is asked before it is taken in


class Door:
    def __init__(self, application: Application, room: Room, threads: int) -> None:
        self._room, self._threads = room, Threads(threads, "answer")
        # Of their own, or a page would stand behind five hundred pictures that have just arrived.
        share = max(FILES, threads // BODIES_SHARE)
        self._for_bodies = Threads(share, "bodies")
        # Renaming a file on this machine is work; handing one to a bucket is waiting, of which many do more at once.
        self._for_files = Threads(share if isinstance(settings.STORAGE, Bucket) else FILES, "files")
        self._desk = Desk(application, self._threads)
        # Apart from each other, too: what is written must not wait for a storage or a database that is slow to answer.
        self._disk = ThreadPoolExecutor(4, thread_name_prefix="disk")
        self._asking = ThreadPoolExecutor(16, thread_name_prefix="asking")
        self._pace = Pace(settings.MIN_BODY_RATE, settings.SLOW_SECONDS)
        self._crowds = sockets.Crowds(settings.CONNECTIONS_PER_ADDRESS, settings.TRUSTED_PROXIES)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._port = 0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._desk.begin(loop, self._go_on, self._asked)
        loop.call_soon_threadsafe(lambda: self._go_on(self._pace.watch()))
        loop.call_soon_threadsafe(lambda: self._go_on(self._look()))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOKS)
            try:
                self._room.look()
                if self._port:
                    await self._asked(partial(self._crowds.thin, self._port))
            except Exception:
                # It is a guard and nothing else: whatever happens to it, requests are answered.
                logger.exception("The server could not look at its memory and connections.")

    def take(self, call: Call) -> None:
        """On any thread; returns at once."""
        if not self._port:
            self._port = int(call.scope.server.rpartition(":")[2] or 0)
        if call.scope.headers.get("content-length", "0") != "0":
            self._loop.call_soon_threadsafe(lambda: self._go_on(self._receive(call)))
        elif call.scope.headers.get("transfer-encoding", "") and call.scope.method not in {"GET", "HEAD"}:
            self._desk.refuse(call, refusals.NO_LENGTH, 411)  # in chunks, which nobody would read
        elif self._is_full() and environ.path_of(call.scope) not in OPEN_TO_ALL:
            self._desk.refuse(call, refusals.OVERLOADED, 503)
        else:
            self._threads.do(partial(self._desk.answer, call))

    def _is_full(self) -> bool:
        waiting = self._threads.waiting + self._for_bodies.waiting  # a file that waits is on the disk and harms nobody
        return self._room.is_tight or waiting > self._room.waiting

    def _go_on(self, work: Coroutine[Any, Any, Any]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)  # the loop itself keeps weak references only
        task.add_done_callback(self._tasks.discard)

    def _written(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        return self._loop.run_in_executor(self._disk, work)

    def _asked(self, work: Callable[[], Any]) -> "asyncio.Future[Any]":
        return self._loop.run_in_executor(self._asking, work)

    async def _receive(self, call: Call) -> None:
        seen, since = environ.environ_of(call.scope), time.monotonic()
        caller, length = callers.named(seen), _length(seen)
        held = length if length > IN_MEMORY and seen.get("CONTENT_TYPE", "").startswith("application/json") else 0
        if self._is_full() or not self._room.has_room_for(held, caller):
            self._desk.refuse(call, refusals.OVERLOADED, 503)
            return
        self._room.enter(held, caller)
        body = None
        try:
            body = await self._body(call, seen, length, since)
        finally:
            self._room.is_here(caller)
            if body is None:
                self._room.leave(held)
        if body is not None:
            self._threads_for(seen, length).do(partial(self._answer, call, body, held, since))

    def _threads_for(self, seen: dict[str, Any], length: int) -> Threads:
        if length <= IN_MEMORY:
            return self._threads
        return self._for_bodies if seen.get("CONTENT_TYPE", "").startswith(READ_WHOLE) else self._for_files

    def _answer(self, call: Call, body: Spooled, held: int, since: float) -> None:
        try:
            self._desk.answer(call, body, since)
        finally:
            self._loop.call_soon_threadsafe(self._room.leave, held)  # the loop alone counts, so nothing is lost

    async def _body(self, call: Call, seen: dict[str, Any], length: int, since: float) -> Spooled | None:
        """None where nobody waits for an answer any more, or they have had it."""
        try:
            if length > ASKED_FIRST and not await self._asked(partial(known.has_business, seen, length, since)):
                # The application has its own words for that, and says them without reading.
                return Spooled.in_memory(b"", is_cut=True)
        except known.AWAY:
            logger.warning("Whether somebody may send a long body could not be asked.", exc_info=True)
            self._desk.refuse(call, refusals.OVERLOADED, 503)
            return None
        return await self._taken_in(call, seen, length)

    async def _taken_in(self, call: Call, seen: dict[str, Any], length: int) -> Spooled | None:
        spool = Spool(length, seen.get("CONTENT_TYPE", ""), self._written, self._pace.__len__)
        task = asyncio.current_task()
        assert task is not None
        self._pace.begin(spool, task)
        may_go_on = seen["REQUEST_METHOD"] == "PATCH"  # an upload in pieces: what came of this one is kept
        try:
            async for piece in call.wire:
                await spool.take(bytes(piece))
        except asyncio.CancelledError:
            if not may_go_on:
                self._desk.refuse(call, refusals.TOO_SLOW, 408)
        except Exception as error:
            # Granian has no class of its own for a client that has gone; the disk may be full as well.
            logger.info("A body broke off: %s.", error)
            if isinstance(error, OSError):
                self._desk.refuse(call, refusals.OVERLOADED, 503)
                may_go_on = False
        finally:
            self._pace.end(spool)
        return await self._finished(call, spool, may_go_on)

    async def _finished(self, call: Call, spool: Spool, may_go_on: bool) -> Spooled | None:
        try:
            if not call.answered and (spool.size == spool.length or may_go_on):
                return await spool.finish()
        except OSError:
            logger.exception("A body could not be written.")
            self._desk.refuse(call, refusals.OVERLOADED, 503)
        await spool.drop()
        if not call.answered:
            call.done()
        return None


def _length(seen: dict[str, Any]) -> int:
    """What hyper lets through is a number, once."""
    with contextlib.suppress(ValueError):
        return int(seen.get("CONTENT_LENGTH", "0"))
    return 0


def asynchronously(door: Door) -> Callable[[Scope, Wire], Coroutine[Any, Any, None]]:
    """Granian's own way to us, where the shorter one (``shortcut``) is not there."""

    async def application(scope: Scope, wire: Wire) -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        door.take(Call(scope, wire, lambda: loop.call_soon_threadsafe(_settle, done)))
        await done

    return application


def _settle(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
