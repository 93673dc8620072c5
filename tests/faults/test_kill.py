"""SIGKILL in the middle of an upload and of a seal: what was acknowledged is there, the rest never was."""

import base64
import os
import signal
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from rubrica import postgres
from rubrica.sealing.verification.verify import verify
from tests import pdfs
from tests.server import Server, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults-kill")]
MEGABYTE = 1024 * 1024
KILLS = int(os.environ.get("FAULTS", "2"))  # make faults asks for more


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


def start_process(server: Server, email: str, *, pages: int = 1) -> dict[str, Any]:
    body = {
        "email": "owner@auco.ai",
        "name": "Contract",
        "packageName": f"Contract of {email}",
        "subject": "Please sign",
        "message": "Please sign",
        "file": base64.b64encode(pdfs.contract(pages)).decode(),
        "signProfile": [{"name": "Ana Ruiz", "email": email, "phone": "+573000000000", "files": [{"name": "ID card"}]}],
    }
    return server.auco("POST", "/attachments", body)


def slot_of(server: Server, link: str) -> dict[str, Any]:
    slot: dict[str, Any] = server.http.get(f"{link}/state").json()["files"][0]
    return slot


def stored_files(server: Server) -> set[Path]:
    return {path for path in (server.data_dir / "blobs").rglob("*") if path.is_file() and "incoming" not in path.parts}


def test_web_server_killed_during_an_upload(server: Server) -> None:
    start_process(server, "upload@example.com")
    link = server.link_for("upload@example.com")
    slot, before = slot_of(server, link), stored_files(server)
    content = pdfs.contract() + b"\n%" + b"x" * (4 * MEGABYTE)

    connection = half_of_an_upload(link, slot["id"], content)
    time.sleep(0.5)
    server.kill()
    connection.close()
    server.start()

    assert slot_of(server, link)["status"] == "missing"
    assert stored_files(server) == before
    name = {"Content-Disposition": "attachment; filename=id.pdf"}
    answer = server.http.put(f"{link}/files/{slot['id']}", content=content, headers=name)
    assert answer.status_code == 200
    server.kill()  # at once: the answer has been given, so the file must be there
    server.start()
    assert slot_of(server, link)["status"] == "uploaded"
    assert len(stored_files(server)) == len(before) + 1


def half_of_an_upload(link: str, slot: str, content: bytes) -> socket.socket:
    parts = urlsplit(link)
    connection = socket.create_connection((str(parts.hostname), parts.port))
    head = f"PUT {parts.path}/files/{slot} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(content)}\r\n"
    head += "Content-Disposition: attachment; filename=id.pdf\r\n\r\n"
    connection.sendall(head.encode() + content[: len(content) // 2])
    return connection


def test_worker_killed_during_sealing(server: Server) -> None:
    codes, hit = [], 0
    for number in range(KILLS):
        email = f"seal{number}@example.com"
        made = start_process(server, email, pages=40)
        codes.append(made["code"])
        deliver_and_sign(server, email)
        person = server.auco("GET", "/attachments", package=made["package"])["signers"][0]["userId"]
        review = {"package": made["package"], "userId": person, "file": "ID card", "decision": "approve"}
        server.auco("POST", "/attachments/review", review)
        eventually(partial(is_sealing, server), "a seal that has begun", 60)
        for worker in server.processes("rubrica work"):
            worker.send_signal(signal.SIGKILL)
        hit += is_sealing(server)
    assert 2 * hit >= KILLS, "most of the kills came while a document was being sealed"
    server.kill()
    server.start()

    for number, code in enumerate(codes):
        eventually(partial(is_finished, server, code), f"the seal of {code}", 120)
        check_sealed_once(server, code, f"seal{number}@example.com")


def deliver_and_sign(server: Server, email: str) -> None:
    link = server.link_for(email)
    name = {"Content-Disposition": "attachment; filename=id.pdf"}
    answer = server.http.put(f"{link}/files/{slot_of(server, link)['id']}", content=pdfs.contract(), headers=name)
    assert answer.status_code == 200, answer.text
    signed = server.http.post(f"{link}/signature", json={"kind": "type", "text": "Ana Ruiz", "consent": True})
    assert signed.status_code == 200, signed.text


def is_sealing(server: Server) -> bool:
    """A worker has taken a seal and has not finished it."""
    statement = "SELECT 1 FROM procrastinate_jobs WHERE task_name LIKE '%%jobs.seal' AND status = 'doing'"
    return bool(rows(server, statement))


def rows(server: Server, statement: str) -> list[Any]:
    with psycopg.connect(postgres.url(server.data_dir)) as connection:
        return connection.execute(statement).fetchall()


def is_finished(server: Server, code: str) -> bool:
    return bool(document(server, code)["status"] == "FINISH")


def document(server: Server, code: str) -> dict[str, Any]:
    return server.auco("GET", "/document", code=code)


def check_sealed_once(server: Server, code: str, email: str) -> None:
    sealed = server.data_dir.parent / f"{code}.pdf"
    sealed.write_bytes(server.http.get(document(server, code)["url"]).content)
    found = verify(sealed, [])
    assert found["intact"], found
    assert [signature["kind"] for signature in found["signatures"]] == ["certification"]
    events = f"SELECT 1 FROM processes_event WHERE kind = 'document.sealed' AND data->>'code' = '{code}'"
    assert len(rows(server, events)) == 1

    def told() -> list[Any]:
        return [message for message in server.mailbox.to(email) if "invit" not in str(message["Message-ID"])]

    eventually(lambda: len(told()) >= 2, f"the last mail to {email}", 60)
    subjects = [str(message["Subject"]) for message in server.mailbox.to(email)]
    assert len(subjects) == len(set(subjects)) == 2, subjects
