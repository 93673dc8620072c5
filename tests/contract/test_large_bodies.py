"""Bodies that are far too large: a clear answer at once, and no memory for them (issue 3, "Bad input")."""

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.contract import seeds
from tests.contract.calls import BASE, Auco, stored
from tests.server import Server, running

MEGABYTE = 1_000_000
WRITES = ["/attachments", "/package/upload", "/document/upload", "/document/many", "/document/save"]


class Untouchable:
    """A body that must not be read."""

    def read(self, *_: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read

    def close(self) -> None:
        pass


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "large"}], ids=["plain", "keyed"])
def test_300_megabytes_are_refused_before_they_are_read(auco: Auco, path: str, headers: dict[str, str]) -> None:
    before = stored()
    arrives: dict[str, Any] = {"CONTENT_LENGTH": str(300 * MEGABYTE), "wsgi.input": Untouchable()}
    key = {"Authorization": auco.acme.private_key, **headers}
    answer = auco.client.generic("POST", BASE + path, headers=key, **arrives)
    assert (answer.status_code, answer.json()["message"]) == (413, "PAYLOAD_TOO_LARGE")
    assert stored() == before


@pytest.mark.parametrize("path", ["/attachments", "/document/upload"])
def test_10000_participants(auco: Auco, path: str) -> None:
    body = seeds.with_base64()
    profile = body["signProfile"][0]
    body["signProfile"] = [profile | {"email": f"person{number}@example.com"} for number in range(10_000)]
    before, start = stored(), time.monotonic()
    answer = auco.post(path, body)
    assert time.monotonic() - start < 5
    assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("signProfile", "too_long")]
    assert stored() == before


def test_10000_participants_in_a_package(auco: Auco) -> None:
    people = [{"name": f"Person {n}", "email": f"person{n}@example.com"} for n in range(5_000)]
    documents = [{"name": "One", "signProfile": people}, {"name": "Two", "signProfile": people}]
    answer = auco.post("/document/many", {"email": "o@example.com", "name": "Crowd", "documents": documents})
    assert [error["code"] for error in answer.json()["errors"]] == ["too_long", "too_long"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


def memory(server: Server) -> int:
    """Of the processes that answer requests, in bytes."""
    web = server.processes("rubrica.web.server")
    everybody = {*web, *(child for process in web for child in process.children(recursive=True))}
    return sum(process.memory_info().rss for process in everybody if process.status() != psutil.STATUS_ZOMBIE)


def blocks(megabytes: int) -> Iterator[bytes]:
    yield b'{"email": "owner@auco.ai", "packageName": "Large", "file": "'
    for _ in range(megabytes):
        yield b"QUFB" * (MEGABYTE // 4)


def send(server: Server, length: int | None) -> tuple[int, str] | None:
    """The answer to 300 MB that are really sent; None when the server has hung up on them."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": server.secrets["private_key"], "Content-Type": "application/json"}
    headers |= {"Content-Length": str(length)} if length else {}
    try:
        connection.request("POST", f"{BASE}/attachments", blocks(300), headers, encode_chunked=length is None)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["message"]
    except (ConnectionError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@pytest.mark.e2e
@pytest.mark.parametrize("length", [300 * MEGABYTE + 60, None], ids=["with its length", "in chunks"])
def test_300_megabytes_of_base64_take_no_memory(server: Server, length: int | None) -> None:
    before = memory(server)
    answer = send(server, length)
    assert answer in {(413, "PAYLOAD_TOO_LARGE"), (400, "VALIDATION_ERROR"), (400, "JSON_INVALID"), None}
    assert memory(server) - before < 50 * MEGABYTE
    assert server.http.get("/readyz").status_code == 200


@pytest.mark.e2e
def test_the_answer_does_not_wait_for_the_body(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.putrequest("POST", f"{BASE}/attachments")
    connection.putheader("Authorization", server.secrets["private_key"])
    connection.putheader("Content-Length", str(300 * MEGABYTE))
    connection.endheaders(b'{"file": "')
    start = time.monotonic()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["message"]) == (413, "PAYLOAD_TOO_LARGE")
    assert time.monotonic() - start < 5
    connection.close()
