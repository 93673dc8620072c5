"""Where the application is asked, in a thread, and its answer is handed out."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from rubrica import database, figures
from rubrica.files.spooled import Spooled
from rubrica.web import refusals
from rubrica.web.front import answering, environ, sockets
from rubrica.web.front.answering import Made, Said
from rubrica.web.front.threads import Threads
from rubrica.web.front.wire import Application, Call, InThread

logger = logging.getLogger(__name__)

RETRY_SECONDS = {503: 5, 408: 1}
BROKEN = b'{"message": "INTERNAL_ERROR"}'


class Desk:
    def __init__(self, application: Application, threads: Threads) -> None:
        self._application, self._threads = application, threads

    def begin(
        self,
        loop: asyncio.AbstractEventLoop,
        go_on: Callable[[Coroutine[Any, Any, Any]], None],
        in_thread: InThread,
    ) -> None:
        self._loop, self._go_on, self._in_thread = loop, go_on, in_thread

    def answer(self, call: Call, body: Spooled | None = None, since: float = 0.0) -> None:
        asked, said = environ.environ_of(call.scope, body), Said()
        if body is not None:
            asked["rubrica.waited"] = time.monotonic() - since
        parts: Any = None
        try:
            parts = self._application(asked, said)
            self._hand_out(call, said, parts)
        except BaseException:
            # Django answers its own errors; this is one of what stands around it, or a SystemExit, which Django lets
            # through: nobody means a server's thread by it, and the client waits.
            logger.exception("A request was not answered.")
            _close(parts)
            self._at_once(call, 500, [("Content-Type", "application/json")], BROKEN)
        finally:
            if body is not None:
                body.close()

    def _hand_out(self, call: Call, said: Said, parts: Any) -> None:
        if answering.is_short(parts, said):
            content = b"".join(parts)
            _close(parts)
            if len(content) <= answering.SHORT:
                self._at_once(call, said.status, said.headers, content)
            else:
                self._send(call, said, answering.whole(content), None)
        elif answering.is_of_file(parts):
            database.let_go()  # the next pieces are read by other threads, and nobody would give it back
            self._send(call, said, answering.read_by_threads(iter(parts), self._in_thread), parts)
        else:
            made = Made(self._loop)
            self._send(call, said, made.pieces(), None)
            made.make(iter(parts))
            _close(parts)

    def _at_once(self, call: Call, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        if not call.answered:
            call.answered = True
            call.wire.response_bytes(status, headers, content)
            call.done()

    def _send(self, call: Call, said: Said, pieces: Any, parts: Any) -> None:
        call.answered = True
        self._loop.call_soon_threadsafe(lambda: self._go_on(self._sent(call, said, pieces, parts)))

    async def _sent(self, call: Call, said: Said, pieces: Any, parts: Any) -> None:
        is_whole = False
        try:
            is_whole = await answering.send(call, said, pieces)
        finally:
            if not is_whole:
                port = int(call.scope.server.rpartition(":")[2] or 0)
                await self._in_thread(partial(sockets.shut_client, call.scope.client, port))
            if parts is not None:
                await self._in_thread(partial(_close, parts))
            call.done()

    def refuse(self, call: Call, code: str, status: int) -> None:
        """On any thread, without the application."""
        figures.turned_away.labels(code).inc()
        headers = {name: call.scope.headers.get(name, "") for name in ("accept", "accept-language")}
        media_type, content = refusals.answer(environ.path_of(call.scope), headers, code, status)
        said = [("Content-Type", media_type), ("Cache-Control", "no-store"), ("Connection", "close")]
        if status in RETRY_SECONDS:
            said.append(("Retry-After", str(RETRY_SECONDS[status])))
        self._at_once(call, status, said, content)


def _close(parts: Any) -> None:
    """PEP 3333: whatever happened to the answer."""
    if hasattr(parts, "close"):
        parts.close()
