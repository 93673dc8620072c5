"""The pieces of the front, each by itself: names of headers, bodies on their way, who is slow, who is too many."""

import asyncio
import hashlib
import io
import socket
from collections.abc import Callable
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from rubrica.files import storage
from rubrica.files.intake import IntakeRefused, arriving
from rubrica.files.spooled import Spooled, body_of
from rubrica.web.front import sockets
from rubrica.web.front.desk import Desk
from rubrica.web.front.environ import environ_of
from rubrica.web.front.pace import Pace
from rubrica.web.front.room import Room
from rubrica.web.front.spool import IN_MEMORY, Spool
from rubrica.web.front.threads import Threads


class Headers:
    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = list(pairs)

    def items(self) -> list[tuple[str, str]]:
        return self.pairs

    def get(self, key: str, default: Any = None) -> Any:
        return dict(self.pairs).get(key, default)


def scope(*headers: tuple[str, str], client: str = "203.0.113.9:4711", path: str = "/a") -> Any:
    return SimpleNamespace(
        server="127.0.0.1:8000", client=client, method="GET", http_version="1.1", query_string="a=%2F", path=path,
        headers=Headers(*headers),
    )  # fmt: skip


async def in_thread(work: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def spooled(*pieces: bytes, length: int | None = None, media_type: str = "application/pdf") -> Spooled:
    spool = Spool(sum(map(len, pieces)) if length is None else length, media_type, in_thread)
    for piece in pieces:
        await spool.take(piece)
    return await spool.finish()


def left() -> list[str]:
    return [path.name for path in storage.incoming().iterdir()]


def request_with(body: Spooled) -> Any:
    return SimpleNamespace(META={"wsgi.input": body}, read=body.read)


# What the application is told


def test_it_works() -> None:
    environ = environ_of(scope(("host", "x"), ("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2")))
    assert environ["HTTP_HOST"] == "x" and environ["CONTENT_TYPE"] == "text/plain"
    assert environ["HTTP_X_A"] == "1,2"
    assert (environ["REMOTE_ADDR"], environ["QUERY_STRING"]) == ("203.0.113.9", "a=%2F")
    assert environ["wsgi.input"].read() == b""


def test_no_header_passes_for_another() -> None:
    environ = environ_of(scope(("x_forwarded_for", "1.2.3.4"), ("content_length", "7")))
    assert "HTTP_X_FORWARDED_FOR" not in environ and "CONTENT_LENGTH" not in environ


def test_cookies_of_two_lines_are_cookies_of_one() -> None:
    assert environ_of(scope(("cookie", "a=1"), ("cookie", "b=2")))["HTTP_COOKIE"] == "a=1; b=2"


def test_addresses_of_both_kinds() -> None:
    assert environ_of(scope(client="[2001:db8::1]:99"))["REMOTE_ADDR"] == "2001:db8::1"


def test_a_path_is_handed_on_as_pep_3333_wants_it() -> None:
    assert environ_of(scope(path="/ñ"))["PATH_INFO"].encode("latin-1").decode() == "/ñ"


# Bodies


def test_a_small_body_stays_in_memory() -> None:
    body = asyncio.run(spooled(b"a" * 10, b"b" * 10))
    assert body.read() == b"a" * 10 + b"b" * 10 and left() == []


@pytest.mark.parametrize("size", [IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 7, 3_000_000])
def test_a_body_reads_as_it_was_sent(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    pieces = [content[at : at + 50_000] for at in range(0, size, 50_000)]
    body = asyncio.run(spooled(*[piece[: max(0, size - 50_000 * n)] for n, piece in enumerate(pieces)]))
    assert body.read(100) + body.read() == content[:size]
    body.close()
    assert left() == []


def test_a_raw_body_becomes_a_file_without_being_copied() -> None:
    content = b"%PDF-1.7\n" + b"\0" * 200_000
    body = asyncio.run(spooled(content))
    (name,) = left()
    with arriving(request_with(body), limit=1_000_000, length=len(content)) as arrived:
        assert arrived.path.name == name
        assert (arrived.sha256, arrived.size) == (hashlib.sha256(content).hexdigest(), len(content))
        assert arrived.media_type == "application/pdf"
        assert arrived.path.read_bytes() == content
    body.close()
    assert left() == []


def test_what_was_read_already_is_not_taken_for_the_whole() -> None:
    content = b"x" * 200_000
    body = asyncio.run(spooled(content))
    body.read(5)
    with arriving(request_with(body), limit=1_000_000, length=len(content) - 5) as arrived:
        assert arrived.sha256 == hashlib.sha256(content[5:]).hexdigest()
    body.close()


def test_a_form_is_never_taken_for_a_file() -> None:
    body = asyncio.run(spooled(b"x" * 200_000, media_type="multipart/form-data; boundary=y"))
    assert body.taken() is None
    body.close()


def test_a_cut_body_ends_with_an_error_and_not_before() -> None:
    body = asyncio.run(spooled(b"x" * 200_000, length=300_000))
    assert len(body.read(250_000)) == 200_000
    with pytest.raises(ConnectionResetError):
        body.read(50_000)
    body.close()
    cut = asyncio.run(spooled(b"x" * 200_000, length=300_000))
    with pytest.raises(IntakeRefused) as refused, arriving(request_with(cut), limit=1_000_000, length=300_000):
        pass
    assert refused.value.code == "UPLOAD_INCOMPLETE"
    cut.close()
    assert left() == []


def test_a_dropped_body_leaves_nothing_behind() -> None:
    async def dropped() -> None:
        spool = Spool(900_000, "", in_thread)
        for _ in range(8):
            await spool.take(b"x" * 100_000)
        await spool.drop()

    asyncio.run(dropped())
    assert left() == []


def test_other_sources_have_no_spooled_body() -> None:
    assert body_of(io.BytesIO(b"x")) is None
    assert body_of(SimpleNamespace(META={"wsgi.input": io.BytesIO()})) is None


# Who is slow


def stopped(*brought: int, window: float = 20, least: int = 100) -> list[bool]:
    """Whether a sender is stopped at the end of each window, who brings so many bytes in it."""
    pace, spool, task = Pace(least, window), Spool(10**9, "", in_thread), object()
    pace.begin(spool, task)  # type: ignore[arg-type]  # nobody asks it to do anything
    now, found = spool.marked_at, []
    for size in brought:
        assert list(pace.late(now + window / 2)) == []
        spool.size, now = spool.size + size, now + window
        found.append(list(pace.late(now)) == [task])
    pace.end(spool)
    assert list(pace.late(now + 1000)) == []
    return found


def test_who_brings_too_little_in_a_window_is_stopped() -> None:
    assert stopped(1999) == [True]
    assert stopped(0) == [True]


def test_who_brings_enough_goes_on_however_unevenly() -> None:
    assert stopped(2000, 2000, 500_000) == [False, False, False]


def test_what_came_early_does_not_pay_for_later() -> None:
    assert stopped(500_000, 10) == [False, True]


# Room


def test_as_many_bodies_as_there_is_room_for() -> None:
    room = Room(memory=1_000_000, bodies=3, from_one=2, waiting=1)
    for caller in ("a", "a", "b"):
        assert room.has_room_for(0, caller)
        room.enter(0, caller)
    assert not room.has_room_for(0, "c")
    room.is_here("b")
    assert room.has_room_for(0, "c") and not room.has_room_for(0, "a")


def test_bodies_that_are_read_whole_share_the_memory() -> None:
    room = Room(memory=1_000_000, bodies=100, from_one=100, waiting=1)
    assert room.has_room_for(900_000, "a")  # one at a time, whatever its size
    room.enter(200_000, "a")
    assert not room.has_room_for(100_000, "b") and room.has_room_for(10_000, "b")
    room.leave(200_000)
    assert room.has_room_for(100_000, "b")


def test_nothing_comes_in_while_memory_is_short() -> None:
    room = Room(memory=1, bodies=100, from_one=100, waiting=1)
    assert not room.is_tight
    room.look()
    assert room.is_tight and not room.has_room_for(0, "a")


# Connections


class Connected:
    """So many clients of a listening socket, from one address."""

    def __init__(self, count: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.clients = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(count)]
        self.accepted = [self.listener.accept()[0] for _ in range(count)]

    def __enter__(self) -> "Connected":
        return self

    def __exit__(self, *error: object) -> None:
        for one in (self.listener, *self.clients, *self.accepted):
            one.close()

    def ended(self) -> list[int]:
        """Which of the clients were told that it is over."""
        return [number for number, client in enumerate(self.clients) if _is_over(client)]


def _is_over(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False


def test_connections_are_counted_by_address() -> None:
    with Connected(3) as connected:
        found = [one for one in sockets.of_port(connected.port) if one.port != connected.port]
        assert [one.address for one in found] == ["127.0.0.1"] * 3


def test_one_connection_is_ended_and_no_other() -> None:
    with Connected(3) as connected:
        address, port = connected.clients[1].getsockname()
        assert sockets.shut_client(f"{address}:{port}", connected.port) == 1
        assert connected.ended() == [1]


def test_who_has_too_many_loses_the_newest() -> None:
    with Connected(2) as connected:
        crowds = sockets.Crowds(3, set())
        assert crowds.thin(connected.port) == 0
        connected.clients += [socket.create_connection(("127.0.0.1", connected.port)) for _ in range(3)]
        connected.accepted += [connected.listener.accept()[0] for _ in range(3)]
        assert crowds.thin(connected.port) == 2
        assert len(connected.ended()) == 2 and not {0, 1} & set(connected.ended())


def test_a_trusted_proxy_may_have_any_number() -> None:
    with Connected(3) as connected:
        assert sockets.Crowds(1, {"127.0.0.1"}).thin(connected.port) == 0


# Threads


def test_work_is_done_by_no_more_threads_than_allowed() -> None:
    import threading

    threads, seen, gate, done = Threads(2, "try"), set[str](), threading.Event(), threading.Semaphore(0)

    def work() -> None:
        seen.add(threading.current_thread().name)
        gate.wait(30)
        done.release()

    for _ in range(6):
        threads.do(work)
    assert threads.waiting >= 4
    gate.set()
    assert all(done.acquire(timeout=30) for _ in range(6))
    assert len(seen) <= 2


def test_a_thread_outlives_an_error() -> None:
    import threading

    threads, done = Threads(1, "try"), threading.Event()
    threads.do(lambda: 1 / 0)
    threads.do(done.set)
    assert done.wait(30)


# What ends a program ends no thread of the server


def test_a_thread_outlives_whatever_its_work_raises() -> None:
    threads, done = Threads(1, "test"), Event()

    def leave() -> None:
        raise SystemExit("a setting is wrong")

    threads.do(leave)
    threads.do(done.set)
    assert done.wait(60)


def test_a_request_that_ends_the_program_is_answered() -> None:
    def leaves(environ: dict[str, Any], start: Any) -> Any:
        raise SystemExit("a setting is wrong")

    answers: list[int] = []
    wire = SimpleNamespace(response_bytes=lambda status, headers, content: answers.append(status))
    call: Any = SimpleNamespace(scope=scope(), wire=wire, answered=False, done=lambda: None)
    Desk(leaves, Threads(1, "test")).answer(call)
    assert answers == [500]
