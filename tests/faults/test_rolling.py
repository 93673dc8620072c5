"""A roll-out as an operator does it: the version before runs beside this one, and what is told to end drains first."""

import subprocess
import sys
import time
from collections.abc import Iterator
from copy import copy
from functools import partial
from pathlib import Path

import httpx
import pytest

from rubrica import postgres
from tests import pdfs
from tests.faults import test_kill as kill
from tests.server import Server, eventually, running
from tools.demo import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults-rolling"), pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[2]
BEFORE = "60aff62f99bea146fc1058471be9d553dec067d3"  # what runs out there; a release moves it to itself
HAS_HISTORY = not subprocess.run(
    ["git", "-C", ROOT, "cat-file", "-e", BEFORE], capture_output=True, check=False
).returncode
BUILT = ("static_root", "static/build", "**/*.mo")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def before(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Web server and worker of the version before, at the same database, which is already of this version."""
    tree = _tree(tmp_path_factory.mktemp("before"))
    other = copy(server)
    other.port = free_port()
    other.url = f"http://127.0.0.1:{other.port}"
    other.http = httpx.Client(base_url=other.url, timeout=60)
    environment = {**server.environment, "RUBRICA_DATABASE_URL": postgres.url(server.data_dir), "PYTHONPATH": str(tree)}
    command = [sys.executable, "-m", "rubrica", "serve", "--port", str(other.port)]
    with server.log.open("ab") as log:
        other.process = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=log)
    try:
        eventually(other._is_ready, "the version before", 180)
        yield other
    finally:
        other.process.terminate()
        other.process.wait(60)
        other.http.close()


def _tree(folder: Path) -> Path:
    """The sources as they were, with what is built of today's."""
    archive = subprocess.run(["git", "-C", ROOT, "archive", BEFORE], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    for path in (found for pattern in BUILT for found in (ROOT / "rubrica").glob(pattern)):
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", path, target], check=True)
    return folder


def through(link: str, server: Server) -> str:
    """The same link, at the other server."""
    return server.url + "/s/" + link.rpartition("/s/")[2]


if HAS_HISTORY:  # a copy of the sources alone has no version before

    def test_both_versions_work_at_the_same_processes(server: Server, before: Server) -> None:
        for number, (one, other) in enumerate([(before, server), (server, before)]):
            email = f"rolling{number}@example.com"
            made = kill.start_process(one, email)
            link = server.link_for(email)
            put_file(other, through(link, other))
            ink = {"kind": "type", "text": "Ana Ruiz", "consent": True}
            signed = one.http.post(f"{through(link, one)}/signature", json=ink)
            assert signed.status_code == 200, signed.text
            person = other.auco("GET", "/attachments", package=made["package"])["signers"][0]["userId"]
            review = {"package": made["package"], "userId": person, "file": "ID card", "decision": "approve"}
            other.auco("POST", "/attachments/review", review)
            for here in (one, other):
                eventually(partial(kill.is_finished, here, made["code"]), f"the seal of {email}", 240)
                kill.check_sealed_once(here, made["code"], email)
        failed = kill.rows(server, "SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'")
        assert failed == []


def put_file(server: Server, link: str) -> None:
    slot = kill.slot_of(server, link)
    name = {"Content-Disposition": "attachment; filename=id.pdf"}
    answer = server.http.put(f"{link}/files/{slot['id']}", content=pdfs.contract(), headers=name)
    assert answer.status_code == 200, answer.text


def test_what_has_begun_is_let_end(server: Server) -> None:
    """SIGTERM with half an upload on its way: the other half is waited for, nobody new is let in."""
    kill.start_process(server, "drain@example.com")
    link = server.link_for("drain@example.com")
    slot, content = kill.slot_of(server, link), pdfs.contract() + b"\n%" + b"x" * 4_000_000
    with kill.half_of_an_upload(link, slot["id"], content) as connection:
        time.sleep(0.5)
        assert server.process is not None
        server.process.terminate()
        time.sleep(1)
        connection.sendall(content[len(content) // 2 :])
        connection.settimeout(30)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(40) == 0
    server.start()
    assert kill.slot_of(server, link)["status"] == "uploaded"
