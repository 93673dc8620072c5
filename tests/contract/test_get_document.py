"""GET /document, contract/auco.md §5.4 and §13 no. 15; the seed page's answer, field by field."""

import base64
import re
from typing import Any

import pytest

from rubrica.processes.models import Document, Process
from tests import pdfs, sending
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.sending import person, somebody

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def ask(auco: Auco, **query: str) -> dict[str, Any]:
    answer = auco.get("/document", **query)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_by_code(auco: Auco) -> None:
    process = auco.create(seeds.with_base64())
    document, signer = process.documents.get(), process.participants.get()
    body = ask(auco, code=document.code)
    profile = [
        {"name": "Nombre Firmante 1", "email": "example@auco.ai", "id": signer.public_id, "status": "NOTIFICATION"}
    ]
    data, url = body.pop("data"), body.pop("url")
    assert body == {
        "name": "Contratación de prueba upload 1",
        "code": document.code,
        "status": "CREATED",
        "signProfile": profile,
    }
    assert MOMENT.fullmatch(data.pop("createdAt")) and MOMENT.fullmatch(data.pop("updatedAt"))
    assert data == {
        "code": document.code,
        "name": "Contratación de prueba upload 1",
        "camera": False,
        "otpCode": False,
        "signFinish": False,
        "signProfile": profile,
    }
    assert document.shown and auco.download(url) == sending.content(document.shown)


def test_what_was_found_in_the_pdf_is_named(auco: Auco) -> None:
    body = seeds.with_base64() | {"file": base64.b64encode(pdfs.with_script()).decode()}
    found = ask(auco, code=auco.create(body).documents.get().code)
    assert found["data"]["warnings"] == ["SCRIPTS_REMOVED"]


def test_by_package(auco: Auco) -> None:
    process = auco.create(seeds.with_compress())
    body = ask(auco, package=process.public_id)
    assert MOMENT.fullmatch(body.pop("createdAt")) and MOMENT.fullmatch(body.pop("updatedAt"))
    signers = [(s["email"], s["phone"], s["status"]) for s in body.pop("signers")]
    assert signers == [
        ("example@auco.ai", "+573000000000", "PENDING"),
        ("example2@auco.ai", "+573000000000", "PENDING"),
    ]
    assert body == {
        "_id": process.public_id,
        "codes": [process.documents.get().code],
        "name": "Adjuntos api prueba 2",
        "signFinish": False,
        "status": "CREATED",
    }


def test_a_package_without_documents(auco: Auco) -> None:
    assert ask(auco, package=auco.create(seeds.without_document()).public_id)["codes"] == []


def test_a_code_of_24_hex_digits_is_a_package(auco: Auco) -> None:
    process = auco.create(seeds.with_base64())
    assert ask(auco, code=process.public_id) == ask(auco, package=process.public_id)


def test_neither_gives_the_templates(auco: Auco) -> None:
    answer = auco.get("/document")
    assert (answer.status_code, answer.json()) == (200, [])


def test_before_the_pdf_has_come_there_is_no_url(auco: Auco) -> None:
    process = auco.create(seeds.with_compress())
    body = ask(auco, code=process.documents.get().code)
    assert "url" not in body
    assert {one["status"] for one in body["signProfile"]} == {"PENDING"}


def test_checks_of_the_process_are_told(auco: Auco) -> None:
    process = auco.create(seeds.with_base64() | {"camera": True, "otpCode": True})
    data = ask(auco, code=process.documents.get().code)["data"]
    assert (data["camera"], data["otpCode"]) == (True, True)


@pytest.mark.parametrize(
    ("state", "status", "finish"),
    [
        (Process.State.OPEN, "CREATED", False),
        (Process.State.FINISHED, "FINISH", True),
        (Process.State.REJECTED, "REJECTED", False),
        (Process.State.CANCELLED, "REJECTED", False),
        (Process.State.EXPIRED, "EXPIRED", False),
    ],
)
def test_status_of_the_process(auco: Auco, state: str, status: str, finish: bool) -> None:
    process = sending.start_signing(auco.acme)
    Process.objects.update(state=state)
    document = ask(auco, code=process.documents.get().code)
    package = ask(auco, package=process.public_id)
    assert document["status"] == package["status"] == status
    assert document["data"]["signFinish"] is package["signFinish"] is finish


@pytest.mark.parametrize("status", ["NOTIFICATION", "REJECT", "FINISH", "BLOCK", "PENDING"])
def test_status_of_the_participants(auco: Auco, status: str) -> None:
    process = sending.start_signing(auco.acme)
    process.participants.update(status=status)
    assert ask(auco, code=process.documents.get().code)["signProfile"][0]["status"] == status


def test_the_sealed_document_takes_the_place_of_the_sent_one(auco: Auco) -> None:
    process = sending.start_signing(auco.acme, person())
    sealed = sending.keep(auco.acme, b"%PDF-1.7 sealed")
    Document.objects.update(sealed=sealed, state=Document.State.SEALED)
    url = ask(auco, code=process.documents.get().code)["url"]
    assert auco.download(url) == b"%PDF-1.7 sealed"


def test_a_name_with_slashes_can_be_downloaded(auco: Auco) -> None:
    process = auco.create(seeds.with_base64() | {"name": "Contrato 5/2026 \\ a?b#c%2F"})
    answer = auco.client.get(ask(auco, code=process.documents.get().code)["url"].removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200
    assert "filename*=UTF-8''Contrato%205%2F2026%20%5C%20a%3Fb%23c%252F.pdf" in answer.headers["Content-Disposition"]
    answer.close()


@pytest.mark.parametrize("value", ["CODEDOCUM", "", "x" * 5000, "a\0b", "%", "🖋", "0" * 24, "A" * 24])
def test_what_does_not_exist(auco: Auco, value: str) -> None:
    answer = auco.get("/document", code=value)
    assert (answer.status_code, answer.json()) == (400, {"message": "DOCUMENT_NOT_FOUND"})


def test_a_strangers_document_is_as_unknown(auco: Auco, stranger: Auco) -> None:
    process = auco.create(seeds.with_base64())
    unknown = stranger.get("/document", code="ABCDEFGHIJ")
    for query in ({"code": process.documents.get().code}, {"package": process.public_id}, {"code": process.public_id}):
        answer = stranger.get("/document", **query)
        assert (
            (answer.status_code, answer.content)
            == (unknown.status_code, unknown.content)
            == (
                400,
                b'{"message": "DOCUMENT_NOT_FOUND"}',
            )
        )


def test_images_may_be_asked_for(auco: Auco) -> None:
    process = auco.create(seeds.with_base64())
    assert ask(auco, code=process.documents.get().code, image="true")["signProfile"][0]["id"] == (
        somebody(process).public_id
    )
