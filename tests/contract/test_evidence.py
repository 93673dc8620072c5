"""GET /processes/{package}/evidence: who gets what, when, and at which cost (docs/api-own.md)."""

import hashlib
import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from rubrica.files import storage
from rubrica.files.intake import Arrived
from rubrica.files.models import Blob
from rubrica.processes import bundle
from rubrica.processes.models import Evidence, Process
from tests import queue, sending
from tests.cast import Acme, make_acme
from tests.contract.calls import Auco
from tests.sending import REVIEWER, deliver, person, slot

LARGE = 64 << 20  # bytes


@pytest.fixture
def process(acme: Acme) -> Process:
    """Files only: everything is delivered and approved, and the job that makes the evidence waits."""
    started = sending.start(acme, person("Ana Pérez", "ID card"))
    deliver(acme, slot(started, "ID card"))
    slot(started, "ID card").approve(REVIEWER)
    return started


def ask(auco: Auco, process: Process, **query: str) -> Any:
    return auco.get(f"/processes/{process.public_id}/evidence", key=auco.acme.private_key, **query)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, code)


def test_it_works(auco: Auco, process: Process) -> None:
    refused(ask(auco, process), 409, "EVIDENCE_NOT_READY")
    assert queue.run("make_evidence") == 1
    answer = ask(auco, process)
    assert answer.headers["Content-Type"] == "application/zip"
    assert f'filename="evidence-{process.public_id}.zip"' in answer.headers["Content-Disposition"]
    assert {"evidence/sealed.pdf", "files/001-cedula.jpg", "index.json"} < set(names(answer))
    answer = ask(auco, process, form="container")
    assert answer.headers["Content-Type"] == "application/vnd.etsi.asic-e+zip"
    assert names(answer)[0] == "mimetype"


def test_the_dialects_answers_wait_for_no_evidence(auco: Auco, process: Process) -> None:
    """They are the same before, while and after it is made (contract/auco.md §4, §13 no. 22)."""
    queries = [
        {"package": process.public_id},
        {"package": process.public_id, "userId": sending.somebody(process).public_id},
    ]
    before = [auco.get("/attachments", **query).json() for query in queries]
    assert [answer["finish"] for answer in before] == [True, True]
    assert before[1]["signer"]["status"] == "approved"
    Evidence.objects.update(error="The disk is full.")
    queue.run("make_evidence")
    after = [auco.get("/attachments", **query).json() for query in queries]
    for answer in (*before, *after):
        for file in answer.get("signer", {}).get("files", ()):
            file.pop("url")  # signed anew each time
    assert after == before


def test_nothing_before_the_end(auco: Auco, acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    answer = ask(auco, process)
    refused(answer, 409, "PROCESS_NOT_FINISHED")
    assert answer.json()["errors"][0]["message"] == "La evidencia está completa cuando el proceso ha terminado."


def test_the_public_key_is_not_enough(auco: Auco, process: Process) -> None:
    refused(auco.get(f"/processes/{process.public_id}/evidence"), 401, "UNAUTHORIZED")


def test_strangers_find_nothing(auco: Auco, other: Acme, process: Process) -> None:
    refused(ask(Auco(other), process), 400, "PROCESS_NOT_FOUND")
    for package in ("0" * 24, "x", "a%00b"):
        answer = auco.get(f"/processes/{package}/evidence", key=auco.acme.private_key)
        refused(answer, 400, "PROCESS_NOT_FOUND")


def test_a_process_with_documents_has_no_container(auco: Auco, acme: Acme) -> None:
    process = with_large_file(acme, size=10)
    refused(ask(auco, process, form="container"), 409, "NO_CONTAINER")
    refused(ask(auco, process, form="paper"), 400, "VALIDATION_ERROR")


def test_large_files_take_neither_memory_nor_a_connection(transactional_db: None) -> None:
    process = with_large_file(make_acme(), LARGE)
    found = bundle.bundle(process)
    next(found)
    # Whoever receives it may be slow, and the pool has few connections.
    assert connection.connection is None
    digest, size = hashlib.sha256(), 0
    tracemalloc.start()
    try:
        for chunk in found:
            digest.update(chunk)
            size += len(chunk)
        assert size > LARGE
        assert tracemalloc.get_traced_memory()[1] < LARGE // 4
    finally:
        tracemalloc.stop()
    assert connection.connection is None


def with_large_file(acme: Acme, size: int) -> Process:
    """A finished process whose document passes for sealed, and one delivered file of that size."""
    process = sending.start_signing(acme, person("Ana", "Film"))
    submission = deliver(acme, slot(process, "Film"))
    path = Path(storage.incoming()) / "film"
    with path.open("wb") as file:
        file.truncate(size)
    with path.open("rb") as film:
        sha256 = hashlib.file_digest(film, "sha256").hexdigest()
    submission.blob = Blob.keep(acme.organization, Arrived(path, size, sha256, "video/mp4"))
    submission.save()
    document = process.documents.get()
    process.documents.update(state="sealed", sealed=document.shown)
    Process.objects.filter(pk=process.pk).update(state=Process.State.FINISHED)
    return Process.objects.get(pk=process.pk)
