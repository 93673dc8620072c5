"""A large file that goes straight into the bucket: nobody sees it before it was read, hashed and typed."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from procrastinate.contrib.django import app

from rubrica.files import partial, storage
from rubrica.files.models import Blob, PartialUpload
from rubrica.files.s3 import S3Storage
from rubrica.files.tests.conftest import bucket as bucket
from rubrica.files.tests.conftest import opened
from rubrica.files.tests.conftest import server as server
from rubrica.processes.models import Event, Process, RequestedFile, Submission
from rubrica.signer import jobs
from rubrica.signer.tests.phones import Phone, phone, says
from rubrica.signer.tests.test_uploads import begin, bring
from tests import s3, sending
from tests.cast import Acme
from tests.sending import person, picture, slot

CARD = picture()


@pytest.fixture
def process(acme: Acme) -> Process:
    return sending.start(acme, person("Ana Pérez", "ID card"))


@pytest.fixture
def ana(process: Process) -> Phone:
    return phone(process)


@pytest.fixture
def card(process: Process) -> int:
    return slot(process, "ID card").pk


@pytest.fixture(autouse=True)
def far(process: Process, settings: Any, server: str, bucket: str, tmp_path: Path) -> S3Storage:
    settings.DATA_DIR = tmp_path / "data"
    settings.STORAGE_URL = s3.url(server, bucket)
    settings.STORAGES = {**settings.STORAGES}
    settings.STORAGE_DIRECT_UPLOAD_BYTES = 100
    return opened(settings.STORAGE_URL)


def offer(ana: Phone, card: int, content: bytes = CARD, name: str = "card.jpg") -> tuple[str, dict[str, Any]]:
    answer = begin(ana, card, len(content), name)
    assert answer.status_code == 201
    return str(answer.headers["Location"]), answer.json()["direct"]


def put(way: dict[str, Any], content: bytes = CARD, **headers: str) -> int:
    return httpx.put(way["url"], content=content, headers={**way["headers"], **headers}).status_code


def work() -> int:
    """What waits is done; gives how much it was."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name LIKE '%%receive_upload' RETURNING args")
        waiting = [row[0] for row in cursor.fetchall()]
    for arguments in waiting:
        jobs.receive_upload(**(arguments if isinstance(arguments, dict) else json.loads(arguments)))
    return len(waiting)


def test_it_works(process: Process, ana: Phone, card: int, far: S3Storage) -> None:
    address, way = offer(ana, card)
    assert put(way) == 200
    assert ana.client.get(address).json() == {"offset": 0, "length": len(CARD), "complete": False}
    told = bring(ana, address, len(CARD), b"")
    assert (told.status_code, told.json()["checking"], told.json()["complete"]) == (200, True, False)
    assert not Blob.objects.filter(sha256=hashlib.sha256(CARD).hexdigest()).exists()
    assert not Submission.objects.exists()  # nobody sees it yet
    assert work() == 1
    assert ana.client.get(address).json() == {"offset": len(CARD), "length": len(CARD), "complete": True}
    submission = Submission.objects.get()
    assert (submission.file_name, submission.blob.sha256) == ("card.jpg", hashlib.sha256(CARD).hexdigest())
    assert sending.content(submission.blob) == CARD
    assert not any(key.startswith(partial.PIECES) for key in dict(far.keys()))
    event = Event.objects.get(kind="file.uploaded")
    assert (event.ip, event.actor_name) == ("127.0.0.1", "Ana Pérez")


def test_what_replaces_it_afterwards_is_nobodys_file(ana: Phone, card: int, far: S3Storage) -> None:
    address, way = offer(ana, card)
    put(way)
    bring(ana, address, len(CARD), b"")
    other = bytes(len(CARD))
    assert put(way, other) == 200  # the address is good until it expires
    work()
    says(ana.client.get(address), 415, "FILE_TYPE_REFUSED")
    assert not Submission.objects.exists()


def test_who_announces_it_twice_is_looked_into_once(ana: Phone, card: int) -> None:
    address, way = offer(ana, card)
    put(way)
    for _ in range(2):
        assert bring(ana, address, len(CARD), b"").json()["checking"]
    assert work() == 1
    assert bring(ana, address, len(CARD), b"").json()["files"][0]["status"] == "uploaded"


def test_what_is_not_there_or_not_whole_is_not_taken(ana: Phone, card: int, far: S3Storage) -> None:
    address, _ = offer(ana, card)
    says(bring(ana, address, len(CARD), b""), 409, "UPLOAD_OFFSET")
    upload = PartialUpload.objects.get()
    far.connection.meta.client.put_object(Bucket=far.bucket_name, Key=upload.direct_key, Body=CARD[:-1])
    says(bring(ana, address, len(CARD), b""), 409, "UPLOAD_OFFSET")
    assert bring(ana, address, 0, CARD).json()["files"][0]["status"] == "uploaded"  # it may come in pieces all the same


def test_a_file_that_is_none_to_accept_is_refused_by_its_bytes(ana: Phone, card: int, far: S3Storage) -> None:
    program = b"MZ" + bytes(300)
    address, way = offer(ana, card, program)
    put(way, program)
    bring(ana, address, len(program), b"")
    assert work() == 1
    says(ana.client.get(address), 415, "FILE_TYPE_REFUSED")
    assert not any(key.startswith(partial.PIECES) for key in dict(far.keys()))
    assert ana.client.delete(address).status_code == 204


def test_a_process_that_ended_meanwhile_takes_nothing(process: Process, ana: Phone, card: int, acme: Acme) -> None:
    address, way = offer(ana, card)
    put(way)
    bring(ana, address, len(CARD), b"")
    process.cancel("A mistake.", sending.REVIEWER)
    work()
    assert (PartialUpload.objects.get().refused or {})["code"] == "PROCESS_CLOSED"
    assert not Submission.objects.exists()


def test_a_job_may_run_twice(ana: Phone, card: int) -> None:
    address, way = offer(ana, card)
    put(way)
    bring(ana, address, len(CARD), b"")
    upload = PartialUpload.objects.get()
    for _ in range(2):
        jobs.receive_upload(upload.pk, slot_participant(card), "203.0.113.9", "Phone")
    assert Submission.objects.count() == 1


def test_who_sent_it_stands_in_the_history_and_in_no_job(ana: Phone, card: int, process: Process) -> None:
    address, way = offer(ana, card)
    put(way)
    bring(ana, address, len(CARD), b"")
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name LIKE '%%receive_upload'")
        found = [row[0] for row in cursor.fetchall()]
    assert [set(one if isinstance(one, dict) else json.loads(one)) for one in found] == [
        {"upload_id", "participant_id"}
    ]
    assert PartialUpload.objects.get().ip == "127.0.0.1"
    work()
    assert process.events.get(kind="file.uploaded").ip == "127.0.0.1"
    assert PartialUpload.objects.get().ip == ""


def slot_participant(card: int) -> int:
    return RequestedFile.objects.get(pk=card).participant_id


def test_the_address_is_for_one_length_and_one_type(ana: Phone, card: int) -> None:
    _, way = offer(ana, card)
    signed = dict(part.split("=", 1) for part in urlsplit(way["url"]).query.split("&"))["X-Amz-SignedHeaders"]
    assert "content-length" in signed and "content-type" in signed


def test_a_small_file_comes_through_this_server(ana: Phone, card: int, settings: Any) -> None:
    settings.STORAGE_DIRECT_UPLOAD_BYTES = len(CARD) + 1
    assert "direct" not in begin(ana, card).json()
    settings.STORAGE_DIRECT_UPLOAD_BYTES = 0
    assert "direct" not in begin(ana, card).json()


def test_what_was_not_gone_on_with_leaves_nothing_in_the_bucket(ana: Phone, card: int, far: S3Storage) -> None:
    address, way = offer(ana, card)
    put(way)
    assert list(dict(far.keys()).values()) == [len(CARD)]
    assert ana.client.delete(address).status_code == 204
    assert list(far.keys()) == []
    assert not PartialUpload.objects.exists()


def test_only_the_participants_page_may_send_to_the_bucket(ana: Phone, settings: Any, server: str) -> None:
    settings.STORAGE_ORIGINS = (server,)
    policy = ana.client.get(ana.base).headers["Content-Security-Policy"]
    assert f"connect-src 'self' {server};" in policy
    assert server not in ana.client.get("/accounts/login/").headers["Content-Security-Policy"]
    settings.STORAGE_ORIGINS = ()
    assert "connect-src 'self';" in ana.client.get(ana.base).headers["Content-Security-Policy"]


def test_a_page_may_send_to_where_its_upload_is_signed_for(ana: Phone, card: int) -> None:
    _, way = offer(ana, card)
    assert storage.where().origins() == (way["url"].partition("/papers")[0],)  # type: ignore[union-attr]
    assert app.tasks["rubrica.signer.jobs.receive_upload"].queue == "care"
