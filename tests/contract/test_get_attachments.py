"""GET /attachments, contract/auco.md §4 and §13 no. 2, 13, 22, 23, 24."""

import itertools
from typing import Any

import pytest

from rubrica.processes.models import Process
from tests import sending
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.sending import REVIEWER, deliver, person, slot, somebody


@pytest.fixture
def process(auco: Auco) -> Process:
    return auco.create(seeds.with_base64())


def not_found(answer: Any) -> bool:
    return (answer.status_code, answer.json()) == (400, {"message": "ATTACHMENT_NOT_FOUND"})


def signer(auco: Auco, process: Process, name: str = "") -> dict[str, Any]:
    answer = auco.get("/attachments", package=process.public_id, userId=somebody(process, name).public_id)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()["signer"]
    return found


def test_the_four_forms(auco: Auco, process: Process) -> None:
    person_, code = process.participants.get(), process.documents.get().code
    everybody = {
        "package": process.public_id,
        "name": "Adjuntos api prueba",
        "finish": False,
        "signers": [{"userId": person_.public_id, "email": "example@auco.ai", "name": "Nombre Firmante 1"}],
    }
    one = {
        "package": process.public_id,
        "name": "Adjuntos api prueba",
        "finish": False,
        "signer": {
            "userId": person_.public_id,
            "email": "example@auco.ai",
            "name": "Nombre Firmante 1",
            "files": [{"name": "cedula de ciudadanía"}, {"name": "hoja de vida"}, {"name": "pasaporte"}],
            "status": "pending",
        },
    }
    for query in ({"package": process.public_id}, {"code": code}):
        assert auco.get("/attachments", **query).json() == everybody
        assert auco.get("/attachments", **query, userId=person_.public_id).json() == one


def test_package_is_preferred_to_code(auco: Auco, process: Process) -> None:
    another = auco.create(seeds.with_base64())
    answer = auco.get("/attachments", package=process.public_id, code=another.documents.get().code)
    assert answer.json()["package"] == process.public_id
    assert (
        auco.get("/attachments", package="", code=another.documents.get().code).json()["package"] == another.public_id
    )


def test_neither_package_nor_code(auco: Auco) -> None:
    for query in ({}, {"package": ""}, {"code": ""}, {"userId": "AB"}):
        answer = auco.get("/attachments", **query)
        assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
        assert answer.json()["errors"][0]["field"] == "package"


WRONG = ["package123", "0" * 24, "", "x" * 5000, "a\0b", "%", "'; --", "🖋", "\ufffd", " "]


@pytest.mark.parametrize("value", WRONG)
def test_what_does_not_exist(auco: Auco, process: Process, value: str) -> None:
    assert not_found(auco.get("/attachments", package=value or "-"))
    assert not_found(auco.get("/attachments", code=value or "-"))
    assert not_found(auco.get("/attachments", package=process.public_id, userId=value))


def test_a_code_is_found_in_its_own_letters_only(auco: Auco, process: Process) -> None:
    assert not_found(auco.get("/attachments", code=process.documents.get().code.lower()))
    assert not_found(auco.get("/attachments", package=process.public_id.upper() + " "))


def test_somebody_of_another_process(auco: Auco, process: Process) -> None:
    other = auco.create(seeds.with_base64())
    other.participants.update(public_id="ZZ")
    assert not_found(auco.get("/attachments", package=process.public_id, userId="ZZ"))


def test_a_strangers_process_is_as_unknown(stranger: Auco, process: Process) -> None:
    person_, code = process.participants.get(), process.documents.get().code
    unknown = stranger.get("/attachments", package="0" * 24)
    for query in ({"package": process.public_id}, {"code": code}):
        for more in ({}, {"userId": person_.public_id}):
            answer = stranger.get("/attachments", **query, **more)
            assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
            assert dict(answer.headers) == dict(unknown.headers)


def test_approvers_are_listed_with_no_files(auco: Auco) -> None:
    process = sending.start(auco.acme, person("Ana", "ID card"), person("Benito", role="approver", order=2))
    assert [one["name"] for one in auco.get("/attachments", package=process.public_id).json()["signers"]] == [
        "Ana",
        "Benito",
    ]
    assert signer(auco, process, "Benito")["files"] == []
    assert signer(auco, process, "Benito")["status"] == "pending"


def test_urls_come_with_what_was_uploaded(auco: Auco, process: Process) -> None:
    deliver(auco.acme, slot(process, "hoja de vida"))
    answer = signer(auco, process)
    assert answer["status"] == "uploaded"
    assert [sorted(file) for file in answer["files"]] == [["name"], ["name", "url"], ["name"]]
    assert [file["name"] for file in answer["files"]] == ["cedula de ciudadanía", "hoja de vida", "pasaporte"]


def test_a_withdrawn_upload_is_none(auco: Auco, process: Process) -> None:
    deliver(auco.acme, slot(process, "hoja de vida"))
    slot(process, "hoja de vida").withdraw(REVIEWER)
    assert signer(auco, process)["status"] == "pending"
    assert all("url" not in file for file in signer(auco, process)["files"])


# What became of a mandatory and an optional file, and what that makes of the signer.
FATES = ["missing", "uploaded", "approved", "rejected"]
STATUS = {
    ("missing", "missing"): "pending",
    ("missing", "uploaded"): "uploaded",
    ("missing", "approved"): "uploaded",
    ("missing", "rejected"): "pending",
    ("uploaded", "missing"): "uploaded",
    ("uploaded", "uploaded"): "uploaded",
    ("uploaded", "approved"): "uploaded",
    ("uploaded", "rejected"): "uploaded",
    ("approved", "missing"): "approved",
    ("approved", "uploaded"): "uploaded",
    ("approved", "approved"): "approved",
    ("approved", "rejected"): "approved",
    ("rejected", "missing"): "pending",
    ("rejected", "uploaded"): "uploaded",
    ("rejected", "approved"): "uploaded",
    ("rejected", "rejected"): "pending",
}


@pytest.mark.parametrize("fates", list(itertools.product(FATES, FATES)))
def test_status_of_every_combination(auco: Auco, fates: tuple[str, str]) -> None:
    ana = person("Ana", "ID card", optional=("Passport",))
    process = sending.start(auco.acme, ana, person("Benito", "Payslip", order=2))
    for name, fate in zip(("ID card", "Passport"), fates, strict=True):
        if fate != "missing":
            deliver(auco.acme, slot(process, name))
        if fate == "approved":
            slot(process, name).approve(REVIEWER)
        elif fate == "rejected":
            slot(process, name).reject("It is cut off.", REVIEWER)
    answer = signer(auco, process, "Ana")
    assert answer["status"] == STATUS[fates]
    shown = ["url" in file for file in answer["files"]]
    there = [fate in {"uploaded", "approved"} for fate in fates]
    assert shown == (there if answer["status"] != "pending" else [False, False])


def test_finish_waits_for_the_document(auco: Auco) -> None:
    process = sending.start_signing(auco.acme, person("Ana", "ID card"))

    def finish() -> Any:
        return auco.get("/attachments", package=process.public_id).json()["finish"]

    deliver(auco.acme, slot(process, "ID card"))
    ana = somebody(process)
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    slot(process, "ID card").approve(REVIEWER)
    assert finish() is False
    sending.finish_sealing(process)
    assert finish() is True


def test_finish_without_a_document_is_the_last_approval(auco: Auco) -> None:
    process = sending.start(auco.acme, person("Ana", "ID card"))
    deliver(auco.acme, slot(process, "ID card"))
    slot(process, "ID card").approve(REVIEWER)
    answer = auco.get("/attachments", package=process.public_id, userId=somebody(process).public_id).json()
    assert (answer["finish"], answer["signer"]["status"]) == (True, "approved")


def test_the_url_gives_what_was_sent(auco: Auco, process: Process) -> None:
    deliver(auco.acme, slot(process, "hoja de vida"), b"%PDF-1.7 a payslip")
    url = signer(auco, process)["files"][1]["url"]
    assert url.startswith("http://127.0.0.1:8000/files/")
    assert auco.download(url) == b"%PDF-1.7 a payslip"


def test_a_read_is_one_statement(auco: Auco, process: Process, django_assert_num_queries: Any) -> None:
    deliver(auco.acme, slot(process, "hoja de vida"))
    user = somebody(process).public_id
    with django_assert_num_queries(0):  # the prepared one goes past Django's counting, and no other is made
        auco.get("/attachments", package=process.public_id, userId=user)
