"""Identity without a document: a process of its own, and looks that store nothing (contract/auco.md §§9.5, 12)."""

import base64
import re
from typing import Any

import pytest

from rubrica.processes.models import Process
from rubrica.signer.tests.phones import phone
from tests.contract import calls
from tests.contract.calls import Auco, stored
from tests.portraits import HOPPER, card, selfie
from tests.sending import somebody

ASKED = {
    "email": "olga@acme.example",
    "platform": "web",
    "name": "Eileen Collins",
    "userEmail": "eileen@example.com",
    "country": "CO",
    "type": "CC",
    "identification": "1084340519",
}


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def refused(auco: Auco, path: str, body: dict[str, Any], message: str = "VALIDATION_ERROR") -> dict[str, str]:
    before = stored()
    answer = auco.post(path, body)
    assert (answer.status_code, answer.json()["message"]) == (400, message), answer.content
    assert stored() == before
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def asked(auco: Auco, **more: Any) -> Process:
    answer = auco.post("/veriface", ASKED | more)
    assert answer.status_code == 200, answer.content
    assert re.fullmatch(r"[0-9A-Z]{16}", answer.json()["code"])
    return Process.objects.get(public_id=answer.json()["code"])


def send(process: Process, kind: str, picture: bytes) -> Any:
    link = phone(process, "Eileen")
    return link.client.put(f"{link.base}/captures/{kind}", picture, "image/jpeg")


def agree(process: Process) -> None:
    link = phone(process, "Eileen")
    assert link.client.post(f"{link.base}/consent", {"consent": True}, "application/json").status_code == 200


def test_a_process_that_asks_for_selfie_and_card(auco: Auco) -> None:
    process = asked(auco)
    person = process.participants.get()
    assert (process.kind, process.name, person.name) == ("identity", "Identity of Eileen Collins", "Eileen Collins")
    assert person.identity["checks"] == ["photo", "identification"] and person.identity["compare"]
    assert person.identity["claimed"] == {"country": "CO", "type": "CC", "number": "1084340519"}
    assert calls.jobs("invite") == [{"participant_id": person.pk}]


def test_the_whole_way(auco: Auco) -> None:
    process = asked(auco, custom={"case": 7})
    before = auco.get("/veriface", code=process.public_id).json()
    assert (before["status"], before["attempts"], before["custom"]) == ("INPROGRESS", [], {"case": 7})
    agree(process)
    assert send(process, "photo", selfie()).status_code == 200
    answer = send(process, "identification", card())
    assert answer.status_code == 200, answer.content
    after = auco.get("/veriface", code=process.public_id).json()
    assert after["status"] == "APPROVED"
    first, second = after["attempts"]
    assert auco.download(first["photo"]).startswith(b"\xff\xd8")
    assert second["successful"] and second["similarity"] > 90
    assert (after["country"], after["identificationType"], after["identificationNumber"]) == ("CO", "CC", "1084340519")
    assert after["validationTypes"] == ["photo", "identification"]


def test_another_persons_card_blocks_after_three_tries(auco: Auco) -> None:
    process = asked(auco)
    agree(process)
    send(process, "identification", card(HOPPER))
    assert [send(process, "photo", selfie()).status_code for _ in range(3)] == [400, 400, 423]
    found = auco.get("/veriface", code=process.public_id).json()
    assert found["status"] == "BLOCKED"
    errors = [attempt["errorMessages"] for attempt in found["attempts"]]
    assert errors == [[], *[[{"key": "photo", "error": "FACES_DIFFER"}]] * 3]


def test_who_has_no_address_gets_the_link_from_the_sender(auco: Auco) -> None:
    body = {name: value for name, value in ASKED.items() if name != "userEmail"}
    answer = auco.post("/veriface", body).json()
    assert answer["url"].startswith("http://127.0.0.1:8000/s/")
    assert calls.jobs("invite") == []


def test_whatsapp_needs_a_phone_and_takes_no_choice_of_checks(auco: Auco) -> None:
    body = ASKED | {"platform": "whatsapp", "validationTypes": ["photo"]}
    assert refused(auco, "/veriface", body) == {"phone": "required", "validationTypes": "web_only"}
    process = asked(auco, platform="whatsapp", phone="+573000000000")
    assert somebody(process).channels == ["whatsapp"]


@pytest.mark.parametrize("field", ["email", "platform", "name", "country", "type", "identification"])
def test_what_is_required(auco: Auco, field: str) -> None:
    body = {name: value for name, value in ASKED.items() if name != field}
    assert refused(auco, "/veriface", body) == {field: "required"}


def test_a_paper_must_be_one_of_its_country(auco: Auco) -> None:
    assert refused(auco, "/veriface", ASKED | {"type": "DNI"}) == {"type": "unknown"}
    assert refused(auco, "/veriface", ASKED | {"country": "XX"}) == {"country": "unknown"}


def test_an_early_expiry_has_its_own_word(auco: Auco) -> None:
    body = ASKED | {"expiredDate": "2020-01-01T00:00:00.000Z"}
    assert refused(auco, "/veriface", body, "EXPIRED_DATE_INVALID") == {"expiredDate": "EXPIRED_DATE_INVALID"}


@pytest.mark.parametrize("code", ["A" * 16, "\0" * 16])
def test_an_unknown_code(auco: Auco, code: str) -> None:
    answer = auco.get("/veriface", code=code)
    assert (answer.status_code, answer.json()) == (400, {"message": "VERIFACE_NOT_FOUND"})


def test_not_ours_is_not_found(auco: Auco, stranger: Auco) -> None:
    answer = stranger.get("/veriface", code=asked(auco).public_id)
    assert (answer.status_code, answer.json()) == (400, {"message": "VERIFACE_NOT_FOUND"})


def test_faces_are_compared_and_nothing_is_stored(auco: Auco) -> None:
    claimed = {name: ASKED[name] for name in ("country", "type", "identification")}
    before = stored()
    same = auco.post("/veriface/validate", claimed | {"documentImage": encoded(card()), "photo": encoded(selfie())})
    other = auco.post(
        "/veriface/validate", claimed | {"documentImage": encoded(card(HOPPER)), "photo": encoded(selfie())}
    )
    assert stored() == before
    assert (same.status_code, other.status_code) == (200, 200), same.content
    assert (same.json()["error"], same.json()["similarity"] > 90) == (False, True)
    assert (other.json()["error"], other.json()["similarity"] < 50) == (True, True)
    assert same.json()["identificationCard"] == {"error": False, "isFront": True, "data": {}}
    assert re.fullmatch(r"[0-9A-Z]{16}", same.json()["code"]) and same.json()["code"] != other.json()["code"]


def test_a_card_is_looked_at(auco: Auco) -> None:
    claimed = {name: ASKED[name] for name in ("country", "type", "identification")}
    answer = auco.post("/veriface/check", claimed | {"image": f"data:image/jpeg;base64,{encoded(card())}"})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["error"], answer.json()["isFront"], answer.json()["data"]) == (False, True, {})


@pytest.mark.parametrize(
    ("image", "code"),
    [("%%%", "not_base64"), (base64.b64encode(b"<html>").decode(), "image_type"),
     ("http://169.254.169.254/latest/meta-data", "not_fetched"), ("http://127.0.0.1:1/card.jpg", "not_fetched")],
)  # fmt: skip
def test_a_picture_that_is_none(auco: Auco, image: str, code: str) -> None:
    claimed = {name: ASKED[name] for name in ("country", "type", "identification")}
    assert refused(auco, "/veriface/check", claimed | {"image": image}) == {"image": code}
