"""Requests at the door: taken in, turned away in the words of what was called, and answered once."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from rubrica.web.front import known
from rubrica.web.front.door import ASKED_FIRST, Door
from rubrica.web.front.room import Room
from rubrica.web.front.tests.test_pieces import Headers
from rubrica.web.front.wire import Call

ROOM = {"memory": 1 << 40, "bodies": 10, "from_one": 10, "waiting": 10}


class Wire:
    """Granian's side of one request: a body that comes in pieces, and what was answered."""

    def __init__(self, *pieces: bytes, breaks: bool = False) -> None:
        self.pieces, self.breaks = pieces, breaks
        self.said: list[tuple[int, dict[str, str], bytes]] = []

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.breaks:
            raise RuntimeError("the client has gone")

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.said.append((status, dict(headers), body))

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> "Wire":
        self.said.append((status, dict(headers), b""))
        return self

    async def send_bytes(self, data: bytes) -> None:
        status, headers, body = self.said[0]
        self.said[0] = (status, headers, body + bytes(data))


def asked(wire: Wire, *, path: str = "/a", method: str = "GET", application: Any = None, **room: int) -> Wire:
    """What ``wire`` has heard once the request was dealt with."""
    headers = Headers(("content-length", str(sum(map(len, wire.pieces)) + wire.breaks)), ("accept-language", "es"))
    scope: Any = SimpleNamespace(
        server="127.0.0.1:1", client="203.0.113.9:4711", method=method, http_version="1.1", query_string="", path=path,
        headers=headers,
    )  # fmt: skip

    async def deal() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        space: Any = {**ROOM, **room}
        door = Door(application or echo, Room(**space), 2)
        door.begin(loop)
        door.take(Call(scope, wire, lambda: loop.call_soon_threadsafe(done.set)))
        await asyncio.wait_for(done.wait(), 60)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(deal())
    return wire


def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("X-Path", environ["PATH_INFO"])])
    return [environ["wsgi.input"].read()]


def test_it_works() -> None:
    assert asked(Wire()).said == [(200, {"X-Path": "/a"}, b"")]
    assert asked(Wire(b"ab", b"cd"), method="POST").said == [(200, {"X-Path": "/a"}, b"abcd")]


def test_who_comes_when_memory_is_short_is_told_to_come_again() -> None:
    for wire in (Wire(), Wire(b"abcd")):
        ((status, headers, body),) = asked(wire, path="/v1.5/ext/document", memory=10, in_use=11).said
        assert (status, json.loads(body)["message"]) == (503, "OVERLOADED")
        assert int(headers["Retry-After"]) > 0 and headers["Content-Type"] == "application/json"


def test_who_watches_the_server_is_answered_all_the_same() -> None:
    ((status, _, _),) = asked(Wire(), path="/healthz", memory=10, in_use=11).said
    assert status == 200


def test_nobody_takes_more_bodies_than_there_is_room_for() -> None:
    ((status, _, body),) = asked(Wire(b"abcd"), path="/api/v2/x", method="POST", bodies=0).said
    said = json.loads(body)
    assert (status, said["status"], said["error"]) == (503, "error", "internal_error")
    assert said["message"].startswith("En este momento")


def test_who_cannot_be_known_for_lack_of_a_database_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(environ: dict[str, Any], token: str) -> bool:
        assert environ["rubrica.waited"] >= 0
        raise OperationalError("couldn't get a connection after 20.00 sec")

    monkeypatch.setitem(known.KINDS, "uploads", away)
    ((status, headers, body),) = asked(Wire(bytes(ASKED_FIRST + 1)), path="/uploads/x", method="PUT").said
    assert (status, json.loads(body)["message"]) == (503, "OVERLOADED")
    assert int(headers["Retry-After"]) > 0


def test_a_body_that_breaks_off_is_not_handed_on() -> None:
    assert asked(Wire(b"ab", breaks=True), method="PUT").said == []


def test_a_long_answer_goes_out_whole() -> None:
    content = bytes(range(256)) * 5000

    def long(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [content]

    assert asked(Wire(), application=long).said == [(200, {}, content)]


class Streaming(list[bytes]):
    """Pieces that are made while they go out, as a response of Django's."""

    streaming, is_of_file, closed = True, False, False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("is_of_file", [True, False])
def test_what_is_made_piece_by_piece_goes_out_whole_and_is_closed(is_of_file: bool) -> None:
    pieces = Streaming(bytes([number]) * 100_000 for number in range(20))
    pieces.is_of_file = is_of_file

    def made(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return pieces

    assert asked(Wire(), application=made).said == [(200, {}, b"".join(pieces))]
    assert pieces.closed


def test_an_application_that_fails_is_answered_once(caplog: pytest.LogCaptureFixture) -> None:
    def failing(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise ValueError("nobody has thought of this")

    ((status, _, _),) = asked(Wire(), application=failing).said
    assert status == 500
    assert "nobody has thought of this" in caplog.text
