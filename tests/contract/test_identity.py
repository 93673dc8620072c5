"""Identity checks as a client of the dialect asks for them and decides about them (contract/auco.md §§5.4, 5.8, 7)."""

from typing import Any

import pytest

from rubrica.processes.models import Event, IdentityCapture, IdentityCheck, Participant, Process
from rubrica.signer.tests.checked import capture, enter
from rubrica.signer.tests.phones import Phone
from tests import portraits
from tests.contract.calls import Auco

OLGA = "olga@acme.example"


def body(*profiles: dict[str, Any], **more: Any) -> dict[str, Any]:
    person = {"name": "Ana Pérez", "email": "ana@example.com", "phone": "+573000000001", "files": [{"name": "Cédula"}]}
    return {
        "email": OLGA,
        "packageName": "Arriendo",
        "subject": "Tu arriendo",
        "message": "Por favor",
        "signProfile": [{**person, **profile} for profile in (profiles or ({},))],
        **more,
    }


def checks(process: Process, name: str = "") -> list[str]:
    person = process.participants.filter(name__startswith=name)[0]
    return list(person.checks.values_list("kind", flat=True))


def ana(process: Process) -> Participant:
    return process.participants.select_related("process").get(email="ana@example.com")


def block(process: Process) -> Phone:
    mine = Phone(ana(process))
    mine.post("/otp")
    right = int(IdentityCheck.objects.get(participant=ana(process), kind="otp").code())
    for number in (1, 2, 3):
        enter(mine, f"{(right + number) % 10**6:06d}")
    assert ana(process).status == Participant.Status.BLOCK
    return mine


@pytest.mark.parametrize(
    ("level", "asked"),
    [
        ({"otpCode": True}, ["otp"]),
        ({"camera": True}, ["photo"]),
        ({"camera": True, "options": {"camera": "photo"}}, ["photo"]),
        ({"camera": True, "options": {"camera": "identification"}}, ["photo", "identification"]),
        (
            {"camera": True, "otpCode": True, "options": {"camera": "identification", "identificationCardBack": True}},
            ["otp", "photo", "identification", "identificationBack"],
        ),
        (
            {"camera": True, "options": {"camera": "identification", "identificationCardback": True}},
            ["photo", "identification", "identificationBack"],
        ),
        ({"options": {"video": True}}, ["video"]),
        ({"options": {"flow": True}}, []),
        ({}, []),
    ],
)
def test_what_is_asked(auco: Auco, level: dict[str, Any], asked: list[str]) -> None:
    assert checks(auco.create(body(**level))) == asked
    assert checks(auco.create(body(level))) == asked


@pytest.mark.parametrize(
    ("channel", "word"), [(None, "mail"), ("email", "mail"), ("phone", "sms"), ("whatsapp", "whatsapp")]
)
def test_where_the_code_goes(auco: Auco, channel: str | None, word: str) -> None:
    options = {"otpCode": channel} if channel else {}
    process = auco.create(body(otpCode=True, options=options))
    assert ana(process).identity["otp_channel"] == word


def test_who_sets_a_check_of_their_own_inherits_none(auco: Auco) -> None:
    benito = {"name": "Benito", "email": "benito@example.com", "phone": "+573000000002", "otpCode": True}
    process = auco.create(body({}, benito, camera=True))
    assert (checks(process, "Ana"), checks(process, "Benito")) == (["photo"], ["otp"])


@pytest.mark.parametrize(
    ("level", "field", "code"),
    [
        ({"options": {"camera": "photo"}}, "options.camera", "needs_camera"),
        ({"otpCode": True, "options": {"camera": "photo"}}, "options.camera", "needs_camera"),
        ({"camera": True, "options": {"otpCode": "email"}}, "options.otpCode", "needs_otpCode"),
        (
            {"camera": True, "options": {"identificationCardBack": True}},
            "options.identificationCardBack",
            "needs_identification",
        ),
    ],
)
def test_settings_need_their_check_at_the_same_level(auco: Auco, level: dict[str, Any], field: str, code: str) -> None:
    assert auco.refused(body(**level)) == {field: code}
    assert auco.refused(body(level)) == {f"signProfile[0].{field}": code}


@pytest.mark.parametrize(
    ("country", "paper", "wrong"),
    [
        ("CO", "CC", ""),
        ("co", "passport", ""),
        ("AW", "CI", ""),
        ("CO", "DNI", "identificationType"),
        ("FR", "PASSPORT", "country"),
    ],
)
def test_countries_and_their_papers(auco: Auco, country: str, paper: str, wrong: str) -> None:
    said = {"country": country, "identificationType": paper, "identification": "1084340519"}
    sent = body(said, camera=True, options={"camera": "identification"})
    if wrong:
        assert auco.refused(sent) == {f"signProfile[0].{wrong}": "unknown"}
    else:
        claimed = ana(auco.create(sent)).identity["claimed"]
        assert claimed == {"country": country.upper(), "type": paper.upper(), "number": "1084340519"}


def unlock(auco: Auco, process: Process, status: str, **more: Any) -> Any:
    reference = process.public_id + ana(process).public_id
    return auco.post("/document/unlock", {"code": reference, "email": OLGA, "status": status, **more})


def test_it_works(auco: Auco) -> None:
    process = auco.create(body(otpCode=True))
    mine = block(process)
    answer = unlock(auco, process, "approve", message="I know her.")
    assert (answer.status_code, answer.json()) == (200, {"message": "OK"})
    assert ana(process).status == Participant.Status.NOTIFICATION
    assert mine.state()["identity"]["passed"] is True
    event = process.events.get(kind=Event.Kind.UNBLOCKED)
    assert (event.actor_name, event.data["message"]) == (OLGA, "I know her.")


@pytest.mark.parametrize(
    ("status", "channels", "state"),
    [
        ("reject", {}, Process.State.REJECTED),
        ("reset", {}, Process.State.REJECTED),
        ("reset", {"whatsapp": True}, Process.State.OPEN),
        ("cancel", {}, Process.State.CANCELLED),
    ],
)
def test_the_other_decisions(auco: Auco, status: str, channels: dict[str, bool], state: str) -> None:
    """Who does not sign on WhatsApp cannot be set back, and is refused instead."""
    process = auco.create(body(otpCode=True, options=channels))
    block(process)
    more = {"message": "Not her."} if status == "cancel" else {}
    assert unlock(auco, process, status, **more).status_code == 200
    process.refresh_from_db()
    assert process.state == state


@pytest.mark.parametrize(
    ("status", "message"), [("approve", None), ("approve", " "), ("cancel", None), ("reject", "x"), ("reset", "x")]
)
def test_a_message_where_it_belongs(auco: Auco, status: str, message: str | None) -> None:
    process = auco.create(body(otpCode=True))
    block(process)
    answer = unlock(auco, process, status, **({"message": message} if message else {}))
    assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["errors"][0]["field"] == "message"
    assert ana(process).status == Participant.Status.BLOCK


def test_refusals_of_unlock(auco: Auco, stranger: Auco) -> None:
    process = auco.create(body(otpCode=True))
    reference = process.public_id + ana(process).public_id
    asked = {"code": reference, "email": OLGA, "status": "reject"}
    for code, message in (
        (reference, "NOT_BLOCKED_PROCESS"),
        (process.public_id, "MISSING_SIGNER_ID"),
        ("ABCDEF1234", "MISSING_SIGNER_ID"),
        (f"{process.public_id}??", "PACKAGE_NOT_FOUND"),
        ("0" * 24 + "AA", "PACKAGE_NOT_FOUND"),
        ("ABCDEF1234AA", "DOCUMENT_NOT_FOUND"),
        ("", "DOCUMENT_NOT_FOUND"),
    ):
        answer = auco.post("/document/unlock", {**asked, "code": code})
        assert (answer.status_code, answer.json()["message"]) == (400, message), code
    block(process)
    assert stranger.post("/document/unlock", asked).json() == {"message": "PACKAGE_NOT_FOUND"}
    assert auco.post("/document/unlock", asked, key=auco.acme.public_key).status_code == 401
    assert ana(process).status == Participant.Status.BLOCK


def with_pictures(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> Process:
    """Without the extra: what a person decides about is there to be seen all the same."""
    monkeypatch.setattr("rubrica.faces.pictures.can_compare", lambda: False)
    import base64

    from tests import pdfs

    sent = body(camera=True, options={"camera": "identification", "identificationCardBack": True})
    process = auco.create({**sent, "name": "Lease", "file": base64.b64encode(pdfs.contract()).decode()})
    mine = Phone(ana(process))
    mine.post("/consent", {"consent": True})
    for kind, content in (
        ("photo", portraits.selfie()),
        ("identification", portraits.card()),
        ("identificationBack", portraits.nobody()),
    ):
        assert capture(mine, kind, content).status_code == 200
    return process


def test_pictures_in_the_answer(auco: Auco, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    process = with_pictures(auco, monkeypatch)
    code = process.documents.get().code
    assert "photo" not in auco.get("/document", code=code).json()["signProfile"][0]
    settings.IMAGE_BASE64_BYTES = 10_000_000
    answer = auco.get("/document", code=code, image="true").json()
    for shown in (answer["signProfile"][0], answer["data"]["signProfile"][0]):
        assert {"identificationCard", "identificationCardBack", "photo"} <= shown.keys()
        assert shown["photo"]["type"] == "base64"
        assert shown["photo"]["data"].startswith("data:image/jpeg;base64,/9j/")
    settings.IMAGE_BASE64_BYTES = 0
    photo = auco.get("/document", code=code, image="true").json()["signProfile"][0]["photo"]
    assert photo["type"] == "presigned"
    assert auco.download(photo["data"]).startswith(b"\xff\xd8\xff")


def test_pictures_are_for_who_has_the_key(auco: Auco, stranger: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    code = with_pictures(auco, monkeypatch).documents.get().code
    assert auco.get("/document", key="puk_" + "0" * 32, code=code, image="true").status_code == 401
    assert auco.get("/document", key=auco.acme.private_key, code=code, image="true").status_code == 401
    assert stranger.get("/document", code=code, image="true").json() == {"message": "DOCUMENT_NOT_FOUND"}
    assert auco.get("/document", code="ABCDEF1234", image="true").json() == {"message": "DOCUMENT_NOT_FOUND"}
    assert isinstance(auco.get("/document", image="true").json(), list)


def test_what_was_erased_is_left_out(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    code = with_pictures(auco, monkeypatch).documents.get().code
    IdentityCapture.objects.update(original=None, redrawn=None)
    assert "photo" not in auco.get("/document", code=code, image="true").json()["signProfile"][0]
