"""The way out: no name leads inside, no redirect is followed, and no answer is too long or too slow to end."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rubrica.webhooks import http
from tests import receiver
from tests.receiver import Receiver, receiving

OPEN = "127.0.0.2"  # stands for the internet here: the setting names it, and not 127.0.0.1


@pytest.fixture(autouse=True)
def _internet(settings: Any) -> None:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network(OPEN)]


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiving(OPEN) as found:
        yield found


@pytest.fixture
def inside() -> Iterator[Receiver]:
    """A canary: whatever reaches it has broken in."""
    with receiving("127.0.0.1") as found:
        yield found


class Names:
    """The names of the tests, as a server answers for them that may say something else each time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host: Any, port: Any, *arguments: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in self.answers:
            assert not name.endswith(".example")
            return self.real(host, port, *arguments, **more)
        self.asked.append(name)
        turns = self.answers[name]
        found = turns.pop(0) if len(turns) > 1 else turns[0]
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [(kind, socket.SOCK_STREAM, 6, "", (one, port)) for kind, one in zip(kinds, found, strict=True)]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    return Names(monkeypatch)


def send(url: str, **more: Any) -> http.Answer:
    options: dict[str, Any] = {"headers": {"Content-Type": "application/json"}, "content": b"{}", "limit": 1000, **more}
    return asyncio.run(http.send("POST", url, **options))


def test_it_works(outside: Receiver, names: Names) -> None:
    names.answers["hooks.example"] = [[OPEN]]
    answer = send(f"http://hooks.example:{outside.port}/hook?x=1")
    assert (answer.status, answer.body, answer.failure, answer.is_success) == (200, b"ok", "", True)
    call = outside.calls[0]
    assert (call.method, call.path, call.body) == ("POST", "/hook?x=1", b"{}")
    assert call.headers["host"] == f"hooks.example:{outside.port}"
    assert call.headers["content-length"] == "2"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "10.0.0.1", "fe80::1"])
def test_a_name_that_leads_inside_is_refused(names: Names, address: str) -> None:
    names.answers["rebind.example"] = [[address]]
    answer = send("http://rebind.example:8080/")
    assert (answer.status, answer.failure) == (None, "ADDRESS")


def test_one_address_inside_among_good_ones_is_enough_to_refuse(outside: Receiver, names: Names) -> None:
    names.answers["mixed.example"] = [[OPEN, "169.254.169.254"]]
    assert send(f"http://mixed.example:{outside.port}/").failure == "ADDRESS"
    assert outside.calls == []


def test_a_name_that_leads_inside_on_the_second_look_has_no_second_look(outside: Receiver, names: Names) -> None:
    with receiving("127.0.0.1") as canary:
        names.answers["rebind.example"] = [[OPEN], ["127.0.0.1"]]
        # The same port on both, so that only the pinned address decides where the call goes.
        answer = send(f"http://rebind.example:{outside.port}/")
        assert answer.status == 200
        assert names.asked == ["rebind.example"]
        assert send(f"http://rebind.example:{canary.port}/").failure == "ADDRESS"
        assert canary.calls == []
    assert len(outside.calls) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(outside: Receiver, inside: Receiver, code: int) -> None:
    outside.usual = receiver.status(code, Location=inside.url)
    answer = send(outside.url)
    assert (answer.status, answer.is_success) == (code, False)
    assert inside.calls == []


def test_a_long_answer_is_cut(outside: Receiver) -> None:
    outside.usual = receiver.status(200, b"x" * 5_000_000)
    answer = send(outside.url, limit=1000)
    assert (answer.status, len(answer.body), answer.is_whole) == (200, 1000, False)


def test_an_answer_that_says_it_is_packed_is_not_unpacked(outside: Receiver) -> None:
    outside.usual = receiver.status(200, b"\x1f\x8b not really", Content_Encoding="gzip")
    assert send(outside.url).body == b"\x1f\x8b not really"
    assert outside.calls[0].headers["accept-encoding"] == "identity"


def test_one_deadline_stands_over_an_answer_that_drips(outside: Receiver) -> None:
    assert http.DEADLINE == 10.0
    outside.usual = receiver.drip(b"x", pause=0.1, times=100)
    begun = time.monotonic()
    answer = send(outside.url, seconds=1.0)
    assert (answer.status, answer.failure) == (None, "TIMEOUT")
    assert 0.9 < time.monotonic() - begun < 2.0
    assert 900 < answer.milliseconds < 2000


def test_a_name_server_that_hangs_is_within_the_deadline(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*arguments: Any, **more: Any) -> list[Any]:
        time.sleep(2)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    begun = time.monotonic()
    assert send("http://slow.example:8080/", seconds=0.5).failure == "TIMEOUT"
    assert time.monotonic() - begun < 1.5


def test_what_cannot_be_reached_is_said(names: Names) -> None:
    with receiving(OPEN) as gone:
        pass
    assert send(gone.url).failure == "CONNECTION"
    names.answers["nowhere.example"] = [[]]
    assert send("http://nowhere.example:8080/").failure == "NAME"


def test_a_receiver_without_tls_on_an_https_address_is_said(outside: Receiver) -> None:
    assert send(outside.url.replace("http:", "https:")).failure == "TLS"


def test_what_is_not_http_is_said() -> None:
    with socket.create_server((OPEN, 0)) as server:
        server.settimeout(5)

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                connection.recv(4096)  # read, or the close would be a reset
                connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")

        async def call() -> http.Answer:
            url = f"http://{OPEN}:{server.getsockname()[1]}/"
            _, answer = await asyncio.gather(
                asyncio.to_thread(talk), http.send("POST", url, headers={}, content=b"{}", limit=100)
            )
            return answer

        assert asyncio.run(call()).failure == "ANSWER"


def test_a_body_may_be_passed_on_and_is_not_held(outside: Receiver, names: Names) -> None:
    names.answers["files.example"] = [[OPEN]]
    outside.script = [receiver.status(200, b"x" * 3_000_000)]
    pieces: list[bytes] = []
    answer = send(f"http://files.example:{outside.port}/a", limit=5_000_000, into=pieces.append)
    assert (answer.body, answer.is_whole) == (b"", True)
    assert len(pieces) > 1 and b"".join(pieces) == b"x" * 3_000_000
    outside.script = [receiver.status(200, b"x" * 3_000_000)]
    pieces.clear()
    answer = send(f"http://files.example:{outside.port}/a", limit=1_000_000, into=pieces.append)
    assert not answer.is_whole and len(b"".join(pieces)) == 1_000_000


def test_what_is_no_success_is_not_passed_on(outside: Receiver, names: Names) -> None:
    names.answers["files.example"] = [[OPEN]]
    outside.script = [receiver.status(302, b"moved", Location="/elsewhere")]
    pieces: list[bytes] = []
    answer = send(f"http://files.example:{outside.port}/a", into=pieces.append)
    assert (answer.status, answer.body, answer.location, pieces) == (302, b"moved", "/elsewhere", [])
