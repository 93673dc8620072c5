"""GET and POST /verify, contract/own.md §4."""

import contextlib
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rubrica.api.own import verification
from tests import pdfs

pytestmark = pytest.mark.django_db
KEYS = ["changes_after_seal", "files", "intact", "level", "process", "sealed_by_us", "signatures"]


def test_a_raw_body(client: Client) -> None:
    answer = client.post("/verify", pdfs.contract(), "application/pdf")
    assert answer.status_code == 200
    assert sorted(answer.json()) == KEYS
    assert answer.json()["intact"] is False
    assert answer.json()["signatures"] == []


def test_a_form(client: Client) -> None:
    answer = client.post("/verify", {"file": SimpleUploadedFile("a.pdf", pdfs.contract())})
    assert sorted(answer.json()) == KEYS


def test_what_is_no_pdf_is_not_verified(client: Client) -> None:
    answer = client.post("/verify", b"not a pdf", "application/pdf")
    assert answer.status_code == 200
    assert answer.json()["intact"] is False


def test_a_page_for_people(client: Client) -> None:
    page = client.get("/verify", headers={"Accept": "text/html", "Accept-Language": "es"})
    assert "Verificar un documento firmado" in page.content.decode()
    result = client.post("/verify", {"file": io.BytesIO(pdfs.contract())}, headers={"Accept": "text/html"})
    assert result.status_code == 200
    assert b'role="status"' in result.content


def test_a_form_without_a_file(client: Client) -> None:
    answer = client.post("/verify", {"other": "x"})
    assert (answer.status_code, answer.json()["message"]) == (400, "FILE_MISSING")


def test_a_body_that_is_too_large(client: Client, settings: Any) -> None:
    settings.MAX_DOCUMENT_BYTES = 1000
    for content in (b"x" * 1001, b"x" * 100_000):
        answer = client.post("/verify", content, "application/pdf")
        assert (answer.status_code, answer.json()["message"]) == (413, "FILE_TOO_LARGE")


def test_an_empty_body(client: Client) -> None:
    answer = client.post("/verify", b"", "application/pdf", CONTENT_LENGTH="0")
    assert (answer.status_code, answer.json()["message"]) == (400, "FILE_EMPTY")


def test_a_body_of_unknown_length(client: Client) -> None:
    answer = client.post("/verify", b"", "application/pdf")
    assert (answer.status_code, answer.json()["message"]) == (411, "LENGTH_REQUIRED")


def test_other_methods(client: Client) -> None:
    assert client.put("/verify", b"x").status_code == 405


def test_when_enough_others_are_at_it(client: Client) -> None:
    with contextlib.ExitStack() as others:
        while verification.AT_ONCE.acquire(blocking=False):
            others.callback(verification.AT_ONCE.release)
        answer = client.post("/verify", pdfs.contract(), "application/pdf")
        assert (answer.status_code, answer.json()["message"]) == (503, "VERIFY_BUSY")
        assert answer.headers["Retry-After"] == "10"
        headers = {"Accept": "text/html", "Accept-Language": "es"}
        page = client.post("/verify", {"file": SimpleUploadedFile("a.pdf", pdfs.contract())}, headers=headers)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
        assert "demasiados documentos" in page.content.decode()
    assert client.post("/verify", pdfs.contract(), "application/pdf").status_code == 200


def test_when_enough_others_ask_for_digests(client: Client) -> None:
    body = {"sha256": "0" * 64}
    with contextlib.ExitStack() as others:
        while verification.DIGESTS_AT_ONCE.acquire(blocking=False):
            others.callback(verification.DIGESTS_AT_ONCE.release)
        answer = client.post("/verify/digest", body, "application/json")
        assert (answer.status_code, answer.json()["message"]) == (503, "VERIFY_BUSY")
        assert answer.headers["Retry-After"] == "10"
    for sent in (body, {"sha256": "no digest"}):
        client.post("/verify/digest", sent, "application/json")
    assert all(verification.DIGESTS_AT_ONCE.acquire(blocking=False) for _each in range(8))  # whatever came of it
    for _each in range(8):
        verification.DIGESTS_AT_ONCE.release()
