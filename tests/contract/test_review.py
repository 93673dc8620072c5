"""POST /attachments/review, contract/own.md §3: the creator decides about what came in."""

from typing import Any

import pytest

from rubrica.processes.models import Event, Process
from tests import sending
from tests.contract import calls
from tests.contract.calls import Auco, stored
from tests.sending import deliver, person, slot, somebody


@pytest.fixture
def process(auco: Auco) -> Process:
    """Ana has delivered her ID card; a payslip is still to come, and Benito approves after her."""
    ana = person("Ana", "ID card", "Payslip", optional=("Passport",))
    process = sending.start(auco.acme, ana, person("Benito", role="approver", order=2))
    deliver(auco.acme, slot(process, "ID card"))
    return process


def review(auco: Auco, process: Process, choice: str, asked: str = "ID card", **more: object) -> Any:
    body = {"package": process.public_id, "userId": somebody(process, "Ana").public_id, "file": asked}
    return auco.post("/attachments/review", body | {"decision": choice} | more)


def refused(answer: Any, message: str) -> None:
    assert (answer.status_code, answer.json()["message"]) == (400, message), answer.content


def test_approve(auco: Auco, process: Process) -> None:
    answer = review(auco, process, "approve")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "package": process.public_id,
            "userId": somebody(process, "Ana").public_id,
            "status": "uploaded",
            "finish": False,
        },
    )
    assert slot(process, "ID card").status == "approved"
    event = process.events.get(kind=Event.Kind.FILE_APPROVED)
    assert (event.actor_kind, event.actor) == ("program", auco.acme.private_key[:8])


def test_the_file_may_be_named_by_its_id(auco: Auco, process: Process) -> None:
    assert review(auco, process, "approve", str(slot(process, "ID card").pk)).status_code == 200
    assert slot(process, "ID card").status == "approved"


def test_the_last_approval_finishes(auco: Auco) -> None:
    process = sending.start(auco.acme, person("Ana", "ID card"))
    deliver(auco.acme, slot(process, "ID card"))
    answer = review(auco, process, "approve").json()
    assert (answer["status"], answer["finish"]) == ("approved", True)
    assert calls.jobs("announce_finish") == [
        *({"process_id": process.pk, "participant_id": pk} for pk in process.participants.values_list("pk", flat=True)),
        {"process_id": process.pk, "participant_id": None},
    ]


def test_reject_opens_the_slot_and_tells_why(auco: Auco, process: Process) -> None:
    answer = review(auco, process, "reject", reason="  It is cut off. ")
    assert answer.json()["status"] == "pending"
    file = slot(process, "ID card")
    assert file.status == "rejected"
    refused_version = file.submissions.get()
    assert (refused_version.reason, refused_version.version) == ("It is cut off.", 1)
    assert calls.jobs("announce_file_rejection") == [{"submission_id": refused_version.pk}]
    deliver(auco.acme, file)
    assert [s.version for s in file.submissions.all()] == [2, 1]
    assert slot(process, "ID card").status == "uploaded"


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_rejection_needs_a_reason(auco: Auco, process: Process, reason: str) -> None:
    before = stored()
    answer = review(auco, process, "reject", reason=reason)
    refused(answer, "REASON_REQUIRED")
    assert answer.json()["errors"][0]["field"] == "reason"
    assert stored() == before
    refused(review(auco, process, "reject"), "REASON_REQUIRED")


def test_reset_takes_either_decision_back(auco: Auco, process: Process) -> None:
    for decision in ("approve", "reject"):
        review(auco, process, decision, reason="No.")
        assert review(auco, process, "reset").json()["status"] == "uploaded"
        assert slot(process, "ID card").status == "uploaded"
        current = slot(process, "ID card").submissions.get()
        assert (current.decision, current.reason, current.decided_by, current.decided_at) == ("", "", "", None)


def test_after_the_end_nothing_is_decided(auco: Auco) -> None:
    process = sending.start(auco.acme, person("Ana", "ID card"))
    deliver(auco.acme, slot(process, "ID card"))
    review(auco, process, "approve")
    before = stored()
    for decision in ("approve", "reject", "reset"):
        refused(review(auco, process, decision, reason="No."), "PROCESS_CLOSED")
    assert stored() == before


def test_what_state_forbids(auco: Auco, process: Process) -> None:
    refused(review(auco, process, "reset"), "FILE_NOT_DECIDED")
    for decision in ("approve", "reject"):
        refused(review(auco, process, decision, "Payslip", reason="No."), "FILE_MISSING")
    refused(review(auco, process, "reset", "Payslip"), "FILE_NOT_DECIDED")
    review(auco, process, "approve")
    before = stored()
    for decision in ("approve", "reject"):
        refused(review(auco, process, decision, reason="No."), "FILE_DECIDED")
    assert stored() == before


@pytest.mark.parametrize("file", ["Nothing", "", "0", "-1", "9" * 30, "id card", "🖋", " ID card"])
def test_a_file_that_is_not_asked_for(auco: Auco, process: Process, file: str) -> None:
    refused(review(auco, process, "approve", file), "ATTACHMENT_NOT_FOUND")


def test_a_file_of_somebody_else(auco: Auco, process: Process) -> None:
    other = sending.start(auco.acme, person("Ana", "Another"))
    refused(review(auco, process, "approve", "Another"), "ATTACHMENT_NOT_FOUND")
    refused(review(auco, process, "approve", str(slot(other, "Another").pk)), "ATTACHMENT_NOT_FOUND")


@pytest.mark.parametrize("more", [{"userId": "!!"}, {"package": "0" * 24}, {"package": "x"}, {"userId": ""}])
def test_what_does_not_exist(auco: Auco, process: Process, more: dict[str, str]) -> None:
    refused(review(auco, process, "approve", **more), "ATTACHMENT_NOT_FOUND")


@pytest.mark.parametrize("field", ["package", "userId", "file", "decision", "reason"])
@pytest.mark.parametrize("value", [None, 1, True, [], {}, "a\0b", "\ud800", "x" * 5000])
def test_wrong_values_name_their_field(auco: Auco, process: Process, field: str, value: object) -> None:
    before = stored()
    more: dict[str, Any] = {"reason": "No.", field: value}
    answer = review(auco, process, "reject", **more)
    refused(answer, "VALIDATION_ERROR")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert stored() == before


def test_a_stranger_decides_nothing(stranger: Auco, process: Process) -> None:
    before = stored()
    for decision in ("approve", "reject", "reset"):
        refused(review(stranger, process, decision, reason="No."), "ATTACHMENT_NOT_FOUND")
    assert stored() == before
    assert slot(process, "ID card").status == "uploaded"


def test_an_approval_may_have_a_note(auco: Auco, process: Process) -> None:
    assert review(auco, process, "approve", reason="The back is missing.").status_code == 200
    event = process.events.get(kind=Event.Kind.FILE_APPROVED)
    assert event.data["note"] == "The back is missing."
