"""POST /document/unlock, contract/auco.md §5.8: somebody decides about a signer whom the checks have blocked."""

from typing import Any

import pytest

from rubrica.processes.models import Event, Participant, Process
from rubrica.signer.tests.checked import ana, enter, start, wrong_code
from rubrica.signer.tests.phones import phone
from tests.contract.calls import Auco


def blocked(auco: Auco, **more: Any) -> Process:
    """Ana has entered three wrong codes."""
    process = start(auco.acme, "otp", **more)
    mine = phone(process)
    mine.post("/otp")
    for _ in range(3):
        enter(mine, wrong_code(process))
    assert ana(process).status == Participant.Status.BLOCK
    return process


def reference(process: Process) -> str:
    return process.documents.get().code + ana(process).public_id


def unlock(auco: Auco, process: Process, status: str, **more: Any) -> Any:
    body = {"code": reference(process), "email": auco.acme.owner.email, "status": status, **more}
    return auco.post("/document/unlock", body)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_it_works(auco: Auco) -> None:
    process = blocked(auco)
    assert code(unlock(auco, process, "approve", message="Seen in person.")) == (200, "OK")
    assert ana(process).status == Participant.Status.NOTIFICATION
    assert phone(process).get("/state").json()["identity"]["passed"] is True


def test_refusing_ends_the_process(auco: Auco) -> None:
    process = blocked(auco)
    assert code(unlock(auco, process, "reject")) == (200, "OK")
    process.refresh_from_db()
    assert (process.state, ana(process).status) == (Process.State.REJECTED, Participant.Status.REJECT)


def test_cancelling_calls_it_off(auco: Auco) -> None:
    process = blocked(auco)
    assert code(unlock(auco, process, "cancel", message="The offer was withdrawn.")) == (200, "OK")
    process.refresh_from_db()
    assert process.state == Process.State.CANCELLED


def test_a_reset_is_for_whatsapp(auco: Auco) -> None:
    """Elsewhere it acts like a rejection (§5.8)."""
    by_mail, by_phone = blocked(auco), blocked(auco)
    ana(by_phone).__class__.objects.filter(pk=ana(by_phone).pk).update(channels=["whatsapp"])
    assert code(unlock(auco, by_mail, "reset")) == code(unlock(auco, by_phone, "reset")) == (200, "OK")
    assert (ana(by_mail).status, ana(by_phone).status) == (Participant.Status.REJECT, Participant.Status.NOTIFICATION)
    assert phone(by_phone).get("/state").json()["identity"]["passed"] is False


def test_the_one_who_decides_is_written_down(auco: Auco) -> None:
    process = blocked(auco)
    unlock(auco, process, "approve", message="Seen in person.")
    event = process.events.get(kind=Event.Kind.UNBLOCKED)
    assert event.actor_name == auco.acme.owner.email


def test_a_package_is_named_by_its_id(auco: Auco) -> None:
    process = blocked(auco)
    body = {"code": process.public_id + ana(process).public_id, "email": "olga@acme.example", "status": "reject"}
    assert code(auco.post("/document/unlock", body)) == (200, "OK")


def test_without_the_signers_id(auco: Auco) -> None:
    process = blocked(auco)
    for bare in (process.documents.get().code, process.public_id):
        body = {"code": bare, "email": "olga@acme.example", "status": "reject"}
        assert code(auco.post("/document/unlock", body)) == (400, "MISSING_SIGNER_ID")


def test_who_is_not_blocked(auco: Auco) -> None:
    process = start(auco.acme, "otp")
    for status, more in (
        ("approve", {"message": "Yes."}),
        ("cancel", {"message": "No."}),
        ("reject", {}),
        ("reset", {}),
    ):
        assert code(unlock(auco, process, status, **more)) == (400, "NOT_BLOCKED_PROCESS")


@pytest.mark.parametrize(
    ("status", "message", "fault"),
    [("approve", None, "required"), ("cancel", None, "required"), ("reject", "Why.", "not_accepted"),
     ("reset", "Why.", "not_accepted"), ("approve", " ", "string_too_short")],
)  # fmt: skip
def test_messages_are_for_approving_and_cancelling(auco: Auco, status: str, message: str | None, fault: str) -> None:
    process = blocked(auco)
    answer = unlock(auco, process, status, **({} if message is None else {"message": message}))
    assert code(answer) == (400, "VALIDATION_ERROR")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("message", fault)]
    assert ana(process).status == Participant.Status.BLOCK


def test_what_is_required(auco: Auco) -> None:
    answer = auco.post("/document/unlock", {"status": "free"})
    found = {error["field"]: error["code"] for error in answer.json()["errors"]}
    assert found == {"code": "required", "email": "required", "status": "literal_error"}


def test_a_strangers_signer_is_not_found(auco: Auco, stranger: Auco) -> None:
    process = blocked(auco)
    body = {"code": reference(process), "email": "sara@other.example", "status": "reject"}
    assert code(stranger.post("/document/unlock", body)) == (400, "DOCUMENT_NOT_FOUND")
    body["code"] = process.public_id + ana(process).public_id
    assert code(stranger.post("/document/unlock", body)) == (400, "PACKAGE_NOT_FOUND")
    assert ana(process).status == Participant.Status.BLOCK
