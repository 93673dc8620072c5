"""POST /document/reminder and /document/many/reminder, contract/auco.md §5.6, §13 no. 20."""

import pytest

from rubrica.processes.models import Process
from tests import queue, sending
from tests.contract import calls, seeds
from tests.contract.calls import Auco
from tests.contract.test_document_upload import create
from tests.contract.test_packages import arrived
from tests.sending import somebody

HOSTILE = ["", "A", "AB", "x" * 299, "%%%%%%%%%%%%", "🖋" * 12, "' OR 1=1 --"]


def test_a_signer_is_asked_again(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    ana = somebody(process, "Ana")
    old = sending.link(ana)
    queue.run("invite")
    answer = auco.post("/document/reminder", {"code": process.documents.get().code + ana.public_id})
    assert (answer.status_code, answer.json()) == (200, {"message": "OK"})
    queue.run("remind")
    assert queue.told("remind") == ["ana@example.com"]
    assert auco.client.get(old + "/state").status_code in {403, 404, 410}


def test_a_signer_of_a_package_is_asked_again(auco: Auco) -> None:
    process = arrived(auco)
    reference = process.public_id + somebody(process, "Benito").public_id
    answer = auco.post("/document/many/reminder", {"package": reference})
    assert (answer.status_code, answer.json()) == (200, {"message": "REMINDER_SENT"})
    queue.run("remind")
    assert queue.told("remind") == ["benito@example.com"]


def test_by_a_document_of_a_package_only_its_own_signers(auco: Auco) -> None:
    process = arrived(auco)
    contract, note = process.documents.values_list("code", flat=True)
    carla = somebody(process, "Carla").public_id
    assert auco.post("/document/reminder", {"code": note + carla}).status_code == 200
    assert auco.post("/document/reminder", {"code": contract + carla}).json() == {"message": "DOCUMENT_NOT_FOUND"}


def test_the_bare_code_is_not_enough(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    code = process.documents.get().code
    for wrong in (code, code + "zz", code + "A", code[:-1] + "AB"):
        answer = auco.post("/document/reminder", {"code": wrong})
        assert (answer.status_code, answer.json()) == (400, {"message": "DOCUMENT_NOT_FOUND"})
    answer = auco.post("/document/many/reminder", {"package": process.public_id})
    assert (answer.status_code, answer.json()) == (400, {"message": "PACKAGE_ID_INVALID"})
    answer = auco.post("/document/many/reminder", {"package": "0" * 24 + "AB"})
    assert (answer.status_code, answer.json()) == (400, {"message": "PACKAGE_NOT_FOUND"})
    assert calls.jobs("remind") == []


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values(auco: Auco, value: str) -> None:
    assert auco.post("/document/reminder", {"code": value}).json() == {"message": "DOCUMENT_NOT_FOUND"}
    assert auco.post("/document/many/reminder", {"package": value}).json() == {"message": "PACKAGE_ID_INVALID"}


def test_what_is_required(auco: Auco) -> None:
    for path, field in (("/document/reminder", "code"), ("/document/many/reminder", "package")):
        for body in ({}, {field: None}, {field: 7}, {field: "\ud800"}, {field: "a\0bcdefghijkl"}):
            answer = auco.post(path, body)
            assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
            assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_readers_are_not_reminded(auco: Auco) -> None:
    process = create(auco, seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}]))
    code = process.documents.get().code + somebody(process, "Rita").public_id
    assert auco.post("/document/reminder", {"code": code}).json() == {"message": "DOCUMENT_NOT_FOUND"}


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        ("PENDING", "open", "NOT_YOUR_TURN"),
        ("FINISH", "open", "ALREADY_DONE"),
        ("BLOCK", "open", "PARTICIPANT_BLOCKED"),
        ("NOTIFICATION", "expired", "PROCESS_CLOSED"),
        ("NOTIFICATION", "editing", "PROCESS_CLOSED"),
    ],
)
def test_who_cannot_act_is_not_reminded(auco: Auco, status: str, state: str, word: str) -> None:
    process = create(auco, seeds.upload())
    Process.objects.update(state=state)
    process.participants.update(status=status)
    code = process.documents.get().code + somebody(process, "Ana").public_id
    answer = auco.post("/document/reminder", {"code": code})
    assert (answer.status_code, answer.json()["message"]) == (400, word)
    assert calls.jobs("remind") == []


def test_a_strangers_signer_is_not_found(auco: Auco, stranger: Auco) -> None:
    process, package = create(auco, seeds.upload()), arrived(auco)
    ana, carla = somebody(process, "Ana"), somebody(package, "Carla")
    code = process.documents.get().code + ana.public_id
    assert stranger.post("/document/reminder", {"code": code}).json() == {"message": "DOCUMENT_NOT_FOUND"}
    reference = package.public_id + carla.public_id
    answer = stranger.post("/document/many/reminder", {"package": reference})
    assert answer.json() == {"message": "PACKAGE_NOT_FOUND"}
    assert auco.post("/document/reminder", {"code": code}, key=auco.acme.public_key).status_code == 401
