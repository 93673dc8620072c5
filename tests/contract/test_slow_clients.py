"""A real server and clients who take their time: they are ended, cost nobody anything, and what came is kept."""

import hashlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract import seeds
from tests.server import Server, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("slow-clients")]
PATIENCE = 90  # seconds, however slow the machine; the server itself is told two
CLIENTS = 20
HEAD = b" HTTP/1.1\r\nHost: x\r\n"
PDF = b"%PDF-1.7\n" + b"\0" * 700_000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(RUBRICA_SLOW_SECONDS="2", RUBRICA_RATE_ADDRESS="0") as started:
        yield started


@pytest.fixture(scope="module")
def slot(server: Server) -> str:
    """Where a participant sends a file to."""
    body = seeds.without_document()
    server.auco("POST", "/attachments", body)
    link = server.link_for(body["signProfile"][0]["email"]).removeprefix(server.url)
    return f"{link}/files/{server.http.get(f'{link}/state').json()['files'][0]['id']}"


class Client:
    """A connection on which a request is begun, and whatever comes of it."""

    def __init__(self, server: Server, begins: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port))
        self.socket.sendall(begins)

    def until_ended(self, drip: bytes = b"") -> bytes:
        """What the server says until it closes, while a few bytes go on coming."""
        with self.socket:
            return self._heard(drip, time.monotonic() + PATIENCE)

    def _heard(self, drip: bytes, end: float) -> bytes:
        self.socket.settimeout(0.3)
        said = b""
        while time.monotonic() < end:
            try:
                piece = self.socket.recv(65536)
                if not piece:
                    return said
                said += piece
            except TimeoutError:
                self._drip(drip)
            except OSError:
                return said
        raise AssertionError(f"it was not ended, and said {said!r}")

    def _drip(self, drip: bytes) -> None:
        try:
            self.socket.sendall(drip)
        except OSError:
            return  # what it was told before is still there to be read


def put(path: str, length: int, *headers: str, method: str = "PUT") -> bytes:
    more = "".join(f"{header}\r\n" for header in headers)
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def incoming(server: Server) -> list[str]:
    return [path.name for path in (server.data_dir / "blobs" / "incoming").glob("*")]


def test_slow_heads_and_bodies_are_ended_while_others_are_answered(server: Server) -> None:
    form = put("/accounts/login/", 100_000, "Content-Type: application/x-www-form-urlencoded", method="POST")
    with ThreadPoolExecutor(2 * CLIENTS) as pool:
        heads = [pool.submit(Client(server, b"GET /healthz" + HEAD).until_ended, b"X: y\r\n") for _ in range(CLIENTS)]
        bodies = [pool.submit(Client(server, form).until_ended, b"z") for _ in range(CLIENTS)]
        while not all(one.done() for one in (*heads, *bodies)):
            assert server.http.get("/healthz").status_code == 200
        assert {one.result().split(b"\r\n")[0] for one in bodies} == {b"HTTP/1.1 408 Request Timeout"}
        assert all(not one.result().startswith(b"HTTP/1.1 2") for one in heads)
    assert b"REQUEST_TIMEOUT" in bodies[0].result()


def test_a_long_body_is_kept_as_it_was_sent(server: Server, slot: str) -> None:
    headers = {"Content-Disposition": "attachment; filename=card.pdf"}
    answer = server.http.put(slot, content=PDF, headers=headers)
    assert answer.status_code == 200, answer.text
    blobs = list((server.data_dir / "blobs").rglob(hashlib.sha256(PDF).hexdigest()))
    assert [path.read_bytes() == PDF for path in blobs] == [True]
    assert not [name for name in incoming(server) if name.startswith("body-")]


def test_who_has_no_business_here_is_answered_before_the_body(server: Server) -> None:
    """Nor are they told to go on."""
    client = Client(server, put("/uploads/nothing-of-the-kind", 5_000_000, "Expect: 100-continue"))
    said = client.until_ended()
    assert said.startswith(b"HTTP/1.1 403 ") and b"UPLOAD_URL_EXPIRED" in said
    client = Client(server, put("/v1.5/ext/attachments", 5_000_000, "Authorization: prk_wrong", method="POST"))
    assert client.until_ended().startswith(b"HTTP/1.1 401 ")


def test_a_body_in_chunks_is_refused_as_nobody_knows_whether_it_is_whole(server: Server, slot: str) -> None:
    body = b'{"name": "x"}'
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    chunked = b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
    key = f"Authorization: {server.secrets['private_key']}\r\n".encode()
    for head in (b"POST /v1.5/ext/attachments" + HEAD + key, f"PUT {slot}".encode() + HEAD):
        said = Client(server, head + chunked + b"Connection: close\r\n\r\n" + chunks).until_ended()
        assert said.startswith(b"HTTP/1.1 411 ") and b"LENGTH_REQUIRED" in said, said


def test_who_may_send_is_told_to_go_on(server: Server, slot: str) -> None:
    client = Client(server, put(slot, len(PDF), "Expect: 100-continue"))
    assert client.socket.recv(100).startswith(b"HTTP/1.1 100 ")
    client.socket.close()


def test_what_came_of_a_piece_is_kept_when_the_line_breaks(server: Server, slot: str) -> None:
    headers = {"Upload-Length": str(len(PDF)), "Content-Disposition": "attachment; filename=card.pdf"}
    upload = server.http.post(f"{slot}/uploads", headers=headers).headers["Location"]
    client = Client(server, put(upload, len(PDF), "Upload-Offset: 0", method="PATCH") + PDF[:300_000])
    client.socket.close()
    eventually(lambda: server.http.get(upload).json()["offset"] == 300_000, "the piece", PATIENCE)
    answer = server.http.patch(upload, content=PDF[300_000:], headers={"Upload-Offset": "300000"})
    assert answer.status_code == 200, answer.text


def test_a_body_that_broke_off_leaves_nothing_behind(server: Server, slot: str) -> None:
    client = Client(server, put(slot, len(PDF)) + PDF[:300_000])
    eventually(lambda: [name for name in incoming(server) if name.startswith("body-")], "the file", PATIENCE)
    client.socket.close()
    eventually(lambda: not [name for name in incoming(server) if name.startswith("body-")], "its end", PATIENCE)


def test_what_goes_out_slowly_goes_out_whole(server: Server) -> None:
    """A reader who takes it in small pieces gets every byte."""
    asked = b"GET /reference/auco" + HEAD + b"Connection: close\r\n\r\n"
    whole = Client(server, asked).until_ended().partition(b"\r\n\r\n")[2]
    slow = Client(server, asked)
    body, piece = b"", b"x"
    with slow.socket:
        while piece:
            piece = slow.socket.recv(4096)
            body += piece
    assert body.partition(b"\r\n\r\n")[2] == whole and len(whole) > 1000


def test_a_connection_is_used_again_after_each_kind_of_request(server: Server) -> None:
    connection = socket.create_connection(("127.0.0.1", server.port))
    for request in (b"GET /healthz" + HEAD + b"\r\n", put("/v1.5/ext/attachments", 2, method="POST") + b"{}") * 2:
        connection.sendall(request)
        assert _answer(connection).split(b" ")[1] in {b"200", b"401"}
    connection.close()


def _answer(connection: socket.socket) -> bytes:
    """The head of one answer, after which nothing of it is left to be read."""
    connection.settimeout(PATIENCE)
    said = b""
    while b"\r\n\r\n" not in said:
        said += connection.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
    while len(body) < length:
        body += connection.recv(65536)
    return head
