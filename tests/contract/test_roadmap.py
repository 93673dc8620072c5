"""GET /document/roadmap, contract/auco.md §5.5: the audit trail."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import queue, sending
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.contract.test_cancel import cancel, code_of
from tests.contract.test_document_upload import create
from tests.contract.test_edition import edit
from tests.contract.test_packages import arrived
from tests.contract.test_reactivate import reactivate
from tests.sending import somebody

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def ask(auco: Auco, code: str) -> dict[str, Any]:
    answer = auco.get("/document/roadmap", code=code)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def actions(auco: Auco, code: str) -> list[str]:
    return [entry["action"] for entry in ask(auco, code)["activityLog"]]


def test_before_anything_happened(auco: Auco) -> None:
    sent = seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}], notification=False)
    process = create(auco, sent | {"email": "olga@acme.example"})
    body = ask(auco, code_of(process))
    assert MOMENT.fullmatch(body.pop("createdAt"))
    assert body == {
        "name": "Contrato de arriendo",
        "documentCode": code_of(process),
        "author": {"name": "Olga Owner", "email": "olga@acme.example"},
        "participants": [
            {"name": "Ana Pérez", "role": "SIGNER", "email": "ana@example.com", "phone": "+573000000001"},
            {"name": "Benito Ruiz", "role": "SIGNER", "email": "benito@example.com"},
            {"name": "Rita", "role": "READER", "email": "rita@example.com"},
        ],
        "activityLog": [],
    }


def test_from_invitation_to_end(auco: Auco) -> None:
    sent = seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}])
    sent["signProfile"][1] = {"name": "Benito", "email": "benito@example.com", "role": "APPROVER", "order": 2}
    process = create(auco, sent)
    queue.run("invite")
    ana, benito = somebody(process, "Ana"), somebody(process, "Benito")
    Client().post(sending.link(ana) + "/opened")
    auco.post("/document/reminder", {"code": code_of(process) + ana.public_id})
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor("203.0.113.9", "Phone"))
    queue.run("invite")
    auco.post("/document/reminder", {"code": code_of(process) + benito.public_id})
    benito.refresh_from_db()
    benito.approve(benito.actor("203.0.113.10", "Phone"))
    sending.finish_sealing(process)
    body = ask(auco, code_of(process))
    log = body["activityLog"]
    assert [(entry["action"], entry["participant"]) for entry in log] == [
        ("NOTIFICATION_SIGN", ana.public_id),
        ("PARTICIPANT_READ", ana.public_id),
        ("REMINDER_SIGN", ana.public_id),
        ("PARTICIPANT_SIGN", ana.public_id),
        ("NOTIFICATION_APPROVER", benito.public_id),
        ("REMINDER_APPROVE", benito.public_id),
        ("PARTICIPANT_APPROVE", benito.public_id),
        ("NOTIFICATION_FINISH", ana.public_id),
        ("NOTIFICATION_FINISH", benito.public_id),
    ]
    assert log[3] == {
        "action": "PARTICIPANT_SIGN", "platform": "EMAIL", "participant": ana.public_id,
        "timestamp": log[3]["timestamp"], "by": "ana@example.com", "ip": "203.0.113.9",
    }  # fmt: skip
    assert [entry["timestamp"] for entry in log] == sorted(entry["timestamp"] for entry in log)
    people = {person["name"]: person for person in body["participants"]}
    assert (people["Ana Pérez"]["id"], people["Ana Pérez"]["ipAddress"]) == (ana.public_id, "203.0.113.9")
    assert people["Benito"]["role"] == "APPROVER" and "id" not in people["Rita"]
    assert all(value for entry in [*log, *people.values()] for value in entry.values())


def test_rejecting_reactivating_editing_cancelling(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    ana = somebody(process, "Ana")
    ana.reject("El canon está mal.", ana.actor())
    reactivate(auco, code=code_of(process))
    edit(auco, code=code_of(process))
    auco.post("/document/upload", seeds.upload(code=code_of(process)))
    cancel(auco, code_of(process))
    log = ask(auco, code_of(process))["activityLog"]
    assert [entry["action"] for entry in log] == ["REACTIVATION_SIGN", "UPDATE_SIGN", "CANCEL_SIGN"]
    assert {(entry["participant"], entry["platform"]) for entry in log} == {("ARCHIVE", "ARCHIVE")}
    assert (log[2]["by"], log[2]["message"]) == ("jefa@auco.ai", "Ya no hace falta.")


def test_the_reason_of_who_rejects(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    ana = somebody(process, "Ana")
    ana.reject("El canon está mal.", ana.actor())
    (entry,) = ask(auco, code_of(process))["activityLog"]
    assert (entry["action"], entry["message"]) == ("PARTICIPANT_REJECT", "El canon está mal.")


def test_files_and_failures(auco: Auco) -> None:
    process = auco.create(seeds.with_base64())
    signer = somebody(process)
    signer.not_reached("550 no such user")
    signer.resend(sending.REVIEWER)
    log = ask(auco, code_of(process))["activityLog"]
    assert [(entry["action"], entry.get("message")) for entry in log] == [
        ("NOTIFICATION_FAILED_SIGN", "550 no such user"), ("REMINDER_SIGN", None)
    ]  # fmt: skip


def test_by_whatsapp_the_number_stands_for_the_address(auco: Auco) -> None:
    sent = seeds.upload(options={"whatsapp": True})
    del sent["signProfile"][1]
    process = create(auco, sent)
    somebody(process).invited()
    (entry,) = ask(auco, code_of(process))["activityLog"]
    assert (entry["platform"], entry["by"]) == ("WHATSAPP", "+573000000001")


def test_a_document_of_a_package_tells_of_its_own_people(auco: Auco) -> None:
    process = arrived(auco)
    queue.run("invite")
    first, second = process.documents.values_list("code", flat=True)
    for code, names in ((first, ["Ana Pérez", "Benito Ruiz"]), (second, ["Ana Pérez", "Carla Díaz"])):
        body = ask(auco, code)
        assert [person["name"] for person in body["participants"]] == names
        ids = {person["id"] for person in body["participants"]}
        assert {entry["participant"] for entry in body["activityLog"]} == ids


@pytest.mark.parametrize("code", ["AAAAAAAAAA", "AAAAAAAAA", "%%%%%%%%%%", "a\0bcdefghi", "🖋" * 10])
def test_what_does_not_exist(auco: Auco, code: str) -> None:
    answer = auco.get("/document/roadmap", code=code)
    assert (answer.status_code, answer.json()) == (400, {"message": "DOCUMENT_NOT_FOUND"})


@pytest.mark.parametrize("query", [{}, {"code": ""}, {"code": "A" * 8}, {"code": "A" * 11}, {"package": "0" * 24}])
def test_a_code_that_cannot_be_one(auco: Auco, query: dict[str, str]) -> None:
    answer = auco.get("/document/roadmap", **query)
    assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["errors"][0]["field"] == "code"


def test_a_strangers_document_is_as_unknown(auco: Auco, stranger: Auco) -> None:
    process = create(auco, seeds.upload())
    answer = stranger.get("/document/roadmap", code=code_of(process))
    assert (answer.status_code, answer.json()) == (400, {"message": "DOCUMENT_NOT_FOUND"})
    for key in ("", auco.acme.private_key):
        assert auco.get("/document/roadmap", key=key, code=code_of(process)).status_code == 401
