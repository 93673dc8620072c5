"""SIGKILL during a save of three files: all of them are there afterwards or none, and an answered save is there."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import psutil
import pytest

from tests.contract.attaching import FIELDS, FORM, form
from tests.server import Server, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults-attachments")]
MEGABYTE = 1024 * 1024
FILES = {f"{number}.bin": bytes([number]) * (3 * MEGABYTE) for number in range(3)}
CUT = 5 * MEGABYTE  # bytes of the form after which the connection is still, in the middle of the second file
PAUSES = [0.0, 0.02, 0.08]  # seconds from the last byte to the kill: before, within and after the save


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        call(server, "POST", "/document-definitions", json={"name": "Invoices", "fields": FIELDS})
        yield server


def call(server: Server, method: str, path: str, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {server.secrets['bearer_token']}"}
    answer = server.http.request(method, f"/api/v2{path}", headers=headers, **more)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json()
    return found


def new(server: Server) -> str:
    made = call(server, "POST", "/document-definitions/Invoices/documents/new", json={})
    return f"/document-definitions/Invoices/documents/{made['document']['_id']}/attachments?valuePath=picture"


def names(server: Server, path: str) -> list[str]:
    return [file["_fileName"] for file in call(server, "GET", path)["attachments"]]


def begin(server: Server, path: str, body: bytes, length: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = f"POST /api/v2{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {FORM}\r\n"
    head += f"Authorization: Bearer {server.secrets['bearer_token']}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def kill_web(server: Server) -> None:
    """The web server alone; its supervisor starts another one."""
    dead = server.processes("rubrica.web.server")
    assert dead
    for process in dead:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(dead, timeout=10)
    eventually(lambda: answers(server), "the next web server")


def answers(server: Server) -> bool:
    with suppress(httpx.TransportError):
        return server.http.get("/readyz").status_code == 200
    return False


def test_three_files_or_none(server: Server) -> None:
    whole = form(FILES)
    cut = new(server)
    connection = begin(server, cut, whole[:CUT], len(whole))
    eventually(lambda: arriving(server), "the first file on disk")
    kill_web(server)
    connection.close()
    assert names(server, cut) == []

    rounds = []
    for pause in PAUSES:
        path = new(server)
        connection = begin(server, path, whole, len(whole))
        time.sleep(pause)
        kill_web(server)
        answer = b""
        with suppress(OSError):
            answer = connection.recv(100)
        connection.close()
        rounds.append((path, answer.startswith(b"HTTP/1.1 200")))
    for path, is_answered in rounds:
        found = names(server, path)
        assert found in ([], list(FILES)), found
        assert found or not is_answered

    path = new(server)
    with begin(server, path, whole, len(whole)) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    server.kill()  # at once: the answer has been given, so the files must be there
    server.start()
    assert names(server, path) == list(FILES)
    for file in call(server, "GET", path)["attachments"]:
        assert server.http.get(file["downloadURL"]).content == FILES[file["_fileName"]]


def arriving(server: Server) -> bool:
    """Of the form, which comes in as a whole before anybody looks at it, more than the first file is on disk."""
    folder = server.data_dir / "blobs" / "incoming"
    return any(path.stat().st_size > 4 * MEGABYTE for path in folder.glob("body-*"))
