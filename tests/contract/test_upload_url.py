"""The single-use PUT of ``compress: true`` (auco.md §3.2, §13 no. 8) and the fresh URL of own.md §3."""

import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rubrica import settings as defaults
from rubrica.files.models import Blob, UploadTicket
from rubrica.processes import arrival
from rubrica.processes.models import Document, Event
from tests import pdfs, sending
from tests.cast import make_acme
from tests.contract import calls, seeds
from tests.contract.calls import Auco, stored
from tests.sending import person

PDF = "application/pdf"


@pytest.fixture(autouse=True)
def _time_enough(settings: Any) -> None:
    """Machines that run tests are slow; the tests about the five seconds set their own."""
    settings.UPLOAD_URL_SECONDS = 600


@pytest.fixture
def url(auco: Auco) -> str:
    """The path of the URL that the second example gets."""
    return path_of(auco.post("/package/upload", seeds.with_compress()))


def path_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    address: str = answer.json()["url"]
    assert address.startswith("http://127.0.0.1:8000/uploads/")
    return address.removeprefix("http://127.0.0.1:8000")


def says(answer: Any, status: int, message: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (status, message), answer.content
    assert answer.headers["Content-Type"] == "application/json"


def expire() -> None:
    UploadTicket.objects.update(expires_at="2020-01-01T00:00:00Z")


def test_it_works_without_a_key(client: Client, url: str) -> None:
    says(client.put(url, pdfs.contract(), PDF), 200, "OK")
    document = Document.objects.get()
    # Both have a type and no template, so they sign on a page that comes after the two.
    assert (document.state, len(document.pages)) == (Document.State.OPEN, 3)
    assert sending.content(document.original) == pdfs.contract()
    assert [box.page for box in document.boxes.all()] == [3, 3]
    first, second = document.process.participants.order_by("id")
    assert (first.status, second.status) == ("NOTIFICATION", "NOTIFICATION")
    assert [job["participant_id"] for job in calls.jobs("invite")] == [first.pk, second.pk]
    assert document.process.events.filter(kind=Event.Kind.DOCUMENT_RECEIVED).count() == 1
    assert stored()["incoming"] == 0


def test_the_content_type_decides_nothing(client: Client, url: str) -> None:
    says(client.put(url, pdfs.contract(), "application/x-www-form-urlencoded"), 200, "OK")


def test_only_the_first_group_is_called(client: Client, auco: Auco) -> None:
    body = seeds.with_compress()
    body["signProfile"][0]["order"] = "2"
    client.put(path_of(auco.post("/attachments", body)), pdfs.contract(), PDF)
    statuses = Document.objects.get().process.participants.order_by("id").values_list("status", flat=True)
    assert list(statuses) == ["PENDING", "NOTIFICATION"]


def test_a_second_time_is_a_conflict(client: Client, url: str) -> None:
    client.put(url, pdfs.contract(), PDF)
    before = stored()
    says(client.put(url, pdfs.contract(3), PDF), 409, "UPLOAD_URL_USED")
    assert stored() == before
    assert sending.content(Document.objects.get().original) == pdfs.contract()


def test_an_expired_url(client: Client, url: str) -> None:
    expire()
    before = stored()
    says(client.put(url, pdfs.contract(), PDF), 403, "UPLOAD_URL_EXPIRED")
    assert stored() == before
    assert Document.objects.get().state == Document.State.AWAITING_UPLOAD


def test_it_lives_five_seconds(auco: Auco, settings: Any) -> None:
    settings.UPLOAD_URL_SECONDS = defaults.UPLOAD_URL_SECONDS
    auco.post("/package/upload", seeds.with_compress())
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM expires_at - statement_timestamp()) FROM files_uploadticket")
        seconds = float(cursor.fetchone()[0])
    assert 0 < seconds <= 5


@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "ñ", "x" * 3000, ".."])
def test_an_unknown_url(client: Client, acme: object, token: str) -> None:
    before = stored()
    says(client.put(f"/uploads/{token}", pdfs.contract(), PDF), 403, "UPLOAD_URL_EXPIRED")
    assert stored() == before


def test_only_put(client: Client, url: str) -> None:
    for method in ("GET", "HEAD", "POST", "DELETE", "PATCH"):
        answer = client.generic(method, url, pdfs.contract())
        assert (answer.status_code, answer.headers["Allow"]) == (405, "PUT")
    assert UploadTicket.objects.filter(claimed_at=None).count() == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a PDF", "PDF_INVALID"),
        (pdfs.contract()[:-300], "PDF_INVALID"),
        (pdfs.encrypted(), "PDF_ENCRYPTED"),
        (pdfs.without_pages(), "PDF_EMPTY"),
        (b"", "FILE_EMPTY"),
    ],
)
def test_a_wrong_pdf_may_be_followed_by_the_right_one(client: Client, url: str, content: bytes, message: str) -> None:
    before = stored()
    says(client.put(url, content, PDF, CONTENT_LENGTH=str(len(content))), 400, message)
    assert stored() == before
    says(client.put(url, pdfs.contract(), PDF), 200, "OK")


def test_a_refused_upload_prolongs_nothing(client: Client, url: str) -> None:
    client.put(url, b"not a PDF", PDF)
    expire()
    says(client.put(url, pdfs.contract(), PDF), 403, "UPLOAD_URL_EXPIRED")


def test_boxes_must_lie_on_the_pdf_that_comes(client: Client, auco: Auco) -> None:
    body = seeds.with_compress()
    del body["signProfile"][0]["type"]
    body["signProfile"][0]["position"] = [{"page": 3, "x": 0.5, "y": 0.5, "w": 100, "h": 50}]
    url = path_of(auco.post("/attachments", body))
    before = stored()
    answer = client.put(url, pdfs.contract(2), PDF)
    says(answer, 400, "VALIDATION_ERROR")
    assert answer.json()["errors"][0]["code"] == "out_of_range"
    assert stored() == before
    says(client.put(url, pdfs.contract(3), PDF), 200, "OK")


def test_a_pdf_that_is_too_large_is_not_read(client: Client, url: str, settings: Any) -> None:
    settings.MAX_DOCUMENT_BYTES = 500
    before = stored()
    says(client.put(url, pdfs.contract(), PDF), 413, "FILE_TOO_LARGE")
    assert stored() == before


@pytest.mark.parametrize("length", ["", "-1", "ten", "²", "1e3", "9" * 5000])
def test_a_length_must_be_announced(client: Client, url: str, length: str) -> None:
    before = stored()
    says(client.put(url, pdfs.contract(), PDF, CONTENT_LENGTH=length), 411, "LENGTH_REQUIRED")
    assert stored() == before


class Cut(io.BytesIO):
    """A body whose connection breaks after what is in it."""

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        if not chunk:
            raise OSError("connection reset")
        return chunk


@pytest.mark.parametrize("kind", [io.BytesIO, Cut])
def test_a_cut_connection_leaves_nothing(client: Client, url: str, kind: type[io.BytesIO]) -> None:
    before = stored()
    body: dict[str, Any] = {"wsgi.input": kind(pdfs.contract()[:300]), "CONTENT_LENGTH": str(len(pdfs.contract()))}
    says(client.put(url, b"", PDF, **body), 400, "UPLOAD_INCOMPLETE")
    assert stored() == before
    says(client.put(url, pdfs.contract(), PDF), 200, "OK")


def test_a_failure_of_ours_gives_the_url_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(arrival, "prepare", full)
        says(client.put(url, pdfs.contract(), PDF), 503, "STORAGE_UNAVAILABLE")
    assert stored()["incoming"] == stored()["files"] == 0
    says(client.put(url, pdfs.contract(), PDF), 200, "OK")


def test_a_process_that_has_ended_takes_no_pdf(client: Client, url: str) -> None:
    process = Document.objects.get().process
    process.state = "cancelled"
    process.save()
    before = stored()
    says(client.put(url, pdfs.contract(), PDF), 409, "PROCESS_CLOSED")
    assert stored() == before


# A fresh URL, contract/own.md §3


def fresh(auco: Auco, code: object) -> Any:
    return auco.post("/package/upload/url", {"code": code})


def test_a_fresh_url(client: Client, auco: Auco, url: str) -> None:
    expire()
    answer = fresh(auco, Document.objects.get().code)
    assert sorted(answer.json()) == ["code", "url"]
    says(client.put(path_of(answer), pdfs.contract(), PDF), 200, "OK")


def test_two_urls_of_one_document_take_one_pdf(client: Client, auco: Auco, url: str) -> None:
    second = path_of(fresh(auco, Document.objects.get().code))
    says(client.put(second, pdfs.contract(), PDF), 200, "OK")
    before = stored()
    says(client.put(url, pdfs.contract(3), PDF), 409, "DOCUMENT_RECEIVED")
    assert stored() == before
    assert sending.content(Document.objects.get().original) == pdfs.contract()


def test_once_the_process_has_ended_there_is_no_fresh_url(auco: Auco, url: str) -> None:
    process = Document.objects.get().process
    process.state = "cancelled"
    process.save()
    says(fresh(auco, Document.objects.get().code), 400, "PROCESS_CLOSED")


def test_once_received_there_is_no_fresh_url(client: Client, auco: Auco, url: str) -> None:
    client.put(url, pdfs.contract(), PDF)
    before = stored()
    says(fresh(auco, Document.objects.get().code), 400, "DOCUMENT_RECEIVED")
    assert stored() == before


@pytest.mark.parametrize("code", ["ABCDEFGHIJ", "", "a\0b", "x" * 299, "🖋"])
def test_no_url_for_what_does_not_exist(auco: Auco, code: str) -> None:
    answer = fresh(auco, code)
    assert answer.status_code == 400
    assert answer.json()["message"] in {"DOCUMENT_NOT_FOUND", "VALIDATION_ERROR"}


@pytest.mark.parametrize("code", [None, 1, [], {}, True, "x" * 400])
def test_a_code_is_a_text(auco: Auco, code: object) -> None:
    answer = fresh(auco, code)
    says(answer, 400, "VALIDATION_ERROR")
    assert answer.json()["errors"][0]["field"] == "code"


def test_a_stranger_gets_no_url(auco: Auco, stranger: Auco, url: str) -> None:
    before = stored()
    answer = fresh(stranger, Document.objects.get().code)
    assert (answer.status_code, answer.content) == (400, fresh(stranger, "ABCDEFGHIJ").content)
    assert stored() == before


# With a database of several connections


@pytest.fixture
def ticket(transactional_db: None) -> str:
    acme = make_acme()
    document = sending.await_upload(acme, person("Ana", "ID card"))
    return "/uploads/" + UploadTicket.issue(acme.organization, "document", document.pk, 600)


def put_and_close(url: str, **body: Any) -> int:
    try:
        return int(Client().put(url, pdfs.contract(), PDF, **body).status_code)
    finally:
        connection.close()


def test_of_parallel_uploads_one_succeeds(ticket: str) -> None:
    start = threading.Barrier(4)

    def put(_: int) -> int:
        start.wait(20)
        return put_and_close(ticket)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(put, range(4))) == [200, 409, 409, 409]
    assert Blob.objects.count() == 2  # as sent, and with the page of signatures that both signers need
    assert Event.objects.filter(kind=Event.Kind.DOCUMENT_RECEIVED).count() == 1


class Slow(io.BytesIO):
    """A body that takes longer to come than the ticket lives."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(1.2)
        return super().read(size)


def test_the_seconds_count_to_the_arrival_of_the_request(transactional_db: None) -> None:
    acme = make_acme()
    document = sending.await_upload(acme)
    url = "/uploads/" + UploadTicket.issue(acme.organization, "document", document.pk, 1)
    body = {"wsgi.input": Slow(pdfs.contract()), "CONTENT_LENGTH": str(len(pdfs.contract()))}
    assert put_and_close(url, **body) == 200


@pytest.fixture(autouse=True)
def _nothing_in_the_way(db: None) -> Iterator[None]:
    yield
    assert stored()["incoming"] == 0
