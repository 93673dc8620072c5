"""Signature, approval and rejection by a participant, and whose turn it is (contract/own.md §2, design.md §5)."""

import base64
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from PIL import Image

from rubrica.processes import consent
from rubrica.processes.models import Document, Event, Participant, Process, Signature
from rubrica.signer.tests.phones import phone, says
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract.calls import jobs, stored
from tests.sending import REVIEWER, deliver, drawing, person, picture, slot, somebody


@pytest.fixture
def process(acme: Acme) -> Process:
    """Ana and Benito sign, then Carla approves."""
    carla = person("Carla", role="approver", order=2)
    return sending.start_signing(acme, person("Ana"), person("Benito"), carla)


def statuses(process: Process) -> dict[str, str]:
    return dict(process.participants.values_list("name", "status"))


def unchanged_by(call: Any) -> Any:
    before = stored(), Signature.objects.count()
    answer = call()
    assert (stored(), Signature.objects.count()) == before
    return answer


def test_typing(process: Process) -> None:
    answer = phone(process).sign(text="  Ana Pérez ")
    assert answer.status_code == 200, answer.content
    assert answer.json()["participant"]["status"] == "FINISH"
    assert answer.json()["steps"] == [{"kind": "sign", "state": "done"}]
    signature = Signature.objects.get()
    assert (signature.kind, signature.text, signature.image) == ("type", "Ana Pérez", None)
    assert (signature.consent, signature.ip) == (consent.sentence("en"), "127.0.0.1")
    event = process.events.get(kind=Event.Kind.SIGNED)
    shown = process.documents.get().shown
    assert shown and event.data["shown"] == [shown.sha256]
    assert statuses(process) == {"Ana": "FINISH", "Benito": "NOTIFICATION", "Carla": "PENDING"}


@pytest.mark.parametrize("kind", ["draw", "image"])
def test_drawing_and_images(process: Process, kind: str) -> None:
    body = {"kind": kind, "image": drawing(), "text": None}
    assert phone(process).sign(**body).status_code == 200
    signature = Signature.objects.get()
    assert (signature.kind, signature.text) == (kind, "")
    image = Image.open(io.BytesIO(sending.content(signature.image)))
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (100, 4))


def test_a_bare_base64_image(process: Process) -> None:
    assert phone(process).sign(kind="draw", image=drawing().partition(",")[2]).status_code == 200


@pytest.mark.parametrize("value", [False, None, 1, "true", [], {}])
def test_consent_must_be_given(process: Process, value: object) -> None:
    says(unchanged_by(lambda: phone(process).sign(consent=value)), 400, "CONSENT_REQUIRED")
    says(phone(process).post("/signature", {"kind": "type", "text": "Ana"}), 400, "CONSENT_REQUIRED")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": None},
        {"kind": "stamp"},
        {"kind": []},
        {"kind": {"a": 1}},
        {"kind": 3},
        {"text": ""},
        {"text": "   "},
        {"text": "\u200b\u2060"},
        {"text": "....."},
        {"text": None},
        {"text": 7},
        {"text": ["Ana"]},
        {"text": "x" * 201},
        {"text": "a\0b"},
        {"text": "a\nb"},
        {"text": "a\ud800b"},
        {"kind": "draw"},
        {"kind": "draw", "image": None},
        {"kind": "draw", "image": 3},
        {"kind": "draw", "image": ["x"]},
        {"kind": "draw", "image": "no base64!"},
        {"kind": "draw", "image": "ñ"},
        {"kind": "draw", "image": "data:image/png;base64"},
        {"kind": "image", "text": "Ana"},
    ],
    ids=str,
)
def test_what_is_no_signature(process: Process, wrong: dict[str, Any]) -> None:
    says(unchanged_by(lambda: phone(process).sign(**wrong)), 400, "SIGNATURE_INVALID")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def white() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (50, 50), "white").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "IMAGE_INVALID"),
        (b"not an image", "IMAGE_INVALID"),
        (picture()[:200], "IMAGE_INVALID"),
        (picture("GIF"), "IMAGE_INVALID"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "IMAGE_INVALID"),
        (white(), "IMAGE_EMPTY"),
    ],
    ids=range(6),
)
def test_images_that_are_none(process: Process, data: bytes, message: str) -> None:
    says(unchanged_by(lambda: phone(process).sign(kind="image", image=encoded(data))), 400, message)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000, b"1" * 5000])
@pytest.mark.parametrize("path", ["/signature", "/rejection"])
def test_what_is_no_json_object(process: Process, path: str, body: bytes) -> None:
    says(unchanged_by(lambda: phone(process).post(path, body)), 400, "BODY_INVALID")


def test_a_body_of_many_megabytes(process: Process) -> None:
    huge = b'{"consent": true, "text": "' + b"x" * 13_000_000 + b'"}'
    says(phone(process).post("/signature", huge), 400, "BODY_INVALID")


def test_a_second_signature(process: Process) -> None:
    ana = phone(process)
    ana.sign()
    for body in ({}, {"kind": "draw", "image": drawing()}):
        says(unchanged_by(lambda body=body: ana.sign(**body)), 409, "ALREADY_DONE")


def test_not_before_ones_turn(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"), person("Benito", order=2))
    for body in ({}, {"kind": "draw", "image": drawing()}):
        says(unchanged_by(lambda body=body: phone(process, "Benito").sign(**body)), 409, "NOT_YOUR_TURN")


def test_not_while_mandatory_files_are_missing(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID card", "Payslip", optional=("Passport",)))
    deliver(acme, slot(process, "Payslip"))
    for body in ({}, {"kind": "draw", "image": drawing()}):
        answer = unchanged_by(lambda body=body: phone(process).sign(**body))
        says(answer, 409, "FILES_MISSING")
        assert answer.json()["detail"] == "These files are still missing: ID card."
    deliver(acme, slot(process, "ID card"))
    assert phone(process).sign().status_code == 200


def test_missing_files_are_named_in_the_participants_language(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID 100%"))
    process.participants.update(language="es")
    detail = phone(process).sign().json()["detail"]
    assert "ID 100%" in detail and "missing" not in detail


def test_an_approver_does_not_sign_nor_a_signer_approve(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"), person("Benito", role="approver"))
    says(unchanged_by(lambda: phone(process, "Benito").sign()), 409, "NOT_A_SIGNER")
    says(unchanged_by(lambda: phone(process, "Ana").post("/approval")), 409, "NOT_AN_APPROVER")


def test_nothing_to_sign(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    deliver(acme, slot(process, "ID card"))
    says(phone(process).sign(), 409, "ALREADY_DONE")
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    deliver(acme, sending.slot(sending.start(acme, person("Ana", "A", "B")), "A"))
    says(phone(Process.objects.latest("id")).sign(), 409, "FILES_MISSING")


def test_nobody_acts_while_the_pdf_is_awaited(acme: Acme) -> None:
    document = sending.await_upload(acme, person("Ana"), person("Benito", role="approver"))
    says(phone(document.process).sign(), 409, "NOT_YOUR_TURN")
    says(phone(document.process, "Benito").post("/approval"), 409, "NOT_YOUR_TURN")


# Approval and rejection


def test_approval(process: Process) -> None:
    carla = phone(process, "Carla")
    says(unchanged_by(lambda: carla.post("/approval")), 409, "NOT_YOUR_TURN")
    phone(process, "Ana").sign()
    says(unchanged_by(lambda: carla.post("/approval")), 409, "NOT_YOUR_TURN")
    phone(process, "Benito").sign()
    assert jobs("invite")[-1] == {"participant_id": somebody(process, "Carla").pk}
    answer = carla.post("/approval")
    assert (answer.status_code, answer.json()["participant"]["status"]) == (200, "FINISH")
    document = process.documents.get()
    assert document.state == Document.State.SEALING
    assert jobs("seal") == [{"document_id": document.pk}]
    says(unchanged_by(lambda: carla.post("/approval")), 409, "PROCESS_SEALING")
    sending.finish_sealing(process)
    says(unchanged_by(lambda: carla.post("/approval")), 409, "PROCESS_CLOSED")
    assert carla.state()["process"]["finish"] is True
    assert jobs("announce_finish") == [
        *({"process_id": process.pk, "participant_id": pk} for pk in process.participants.values_list("pk", flat=True)),
        {"process_id": process.pk, "participant_id": None},
    ]


def test_an_approver_with_files_delivers_them_first(acme: Acme) -> None:
    process = sending.start(acme, person("Benito", "Mandate", role="approver"))
    says(phone(process, "Benito").post("/approval"), 409, "FILES_MISSING")
    deliver(acme, slot(process, "Mandate"))
    assert phone(process, "Benito").post("/approval").status_code == 200
    assert Process.objects.get().is_open
    slot(process, "Mandate").approve(REVIEWER)
    assert Process.objects.get().is_finished


@pytest.mark.parametrize("name", ["Ana", "Benito"])
def test_rejection_ends_the_process(process: Process, name: str) -> None:
    link = phone(process, name)
    answer = link.post("/rejection", {"reason": " The rent is wrong. "})
    assert answer.status_code == 200, answer.content
    assert Process.objects.get().state == Process.State.REJECTED
    assert statuses(process)[name] == "REJECT"
    event = process.events.get(kind=Event.Kind.DECLINED)
    assert (event.actor_name, event.data) == (name, {"reason": "The rent is wrong."})
    assert jobs("announce_rejection") == [{"process_id": process.pk}]
    says(link.post("/rejection", {"reason": "Again."}), 410, "PROCESS_REJECTED")
    says(phone(process, "Carla").get("/state"), 410, "PROCESS_REJECTED")


@pytest.mark.parametrize("reason", [None, "", "  \n", 3, [], {}, True, "x" * 2001, "a\0b", "\ud800"])
def test_rejection_needs_a_reason(process: Process, reason: object) -> None:
    says(unchanged_by(lambda: phone(process).post("/rejection", {"reason": reason})), 400, "REASON_REQUIRED")
    says(phone(process).post("/rejection", {}), 400, "REASON_REQUIRED")
    assert Process.objects.get().is_open


def test_rejection_has_its_time(process: Process) -> None:
    says(unchanged_by(lambda: phone(process, "Carla").post("/rejection", {"reason": "No."})), 409, "NOT_YOUR_TURN")
    phone(process).sign()
    says(unchanged_by(lambda: phone(process).post("/rejection", {"reason": "No."})), 409, "ALREADY_DONE")


# Turns and the end


def test_equal_orders_act_together_and_groups_one_after_another(acme: Acme) -> None:
    people = [person("Ana", order=5), person("Benito", order=3), person("Carla", order=3), person("Dora", order=9)]
    process = sending.start_signing(acme, *people)
    assert statuses(process) == {"Ana": "PENDING", "Benito": "NOTIFICATION", "Carla": "NOTIFICATION", "Dora": "PENDING"}
    phone(process, "Carla").sign()
    assert statuses(process)["Ana"] == "PENDING"
    phone(process, "Benito").sign()
    assert (statuses(process)["Ana"], statuses(process)["Dora"]) == ("NOTIFICATION", "PENDING")
    phone(process, "Ana").sign()
    assert statuses(process)["Dora"] == "NOTIFICATION"
    invited = [Participant.objects.get(pk=job["participant_id"]).name for job in jobs("invite")]
    assert (sorted(invited[:2]), invited[2:]) == (["Benito", "Carla"], ["Ana", "Dora"])
    phone(process, "Dora").sign()
    assert process.documents.get().state == Document.State.SEALING


def test_files_only_are_done_when_delivered_and_finished_when_approved(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"), person("Benito", "Payslip", order=2))
    phone(process).put(slot(process, "ID card").pk, picture())
    assert statuses(process) == {"Ana": "FINISH", "Benito": "NOTIFICATION"}
    phone(process, "Benito").put(slot(process, "Payslip").pk, picture())
    slot(process, "ID card").approve(REVIEWER)
    assert Process.objects.get().is_open
    slot(process, "Payslip").approve(REVIEWER)
    assert Process.objects.get().is_finished


def test_optional_files_are_decided_when_they_came(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card", optional=("Passport", "Visa")))
    deliver(acme, slot(process, "Passport"))
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").approve(REVIEWER)
    assert Process.objects.get().is_open
    slot(process, "Passport").reject("Not this one.", REVIEWER)
    assert Process.objects.get().is_finished


def test_where_all_is_optional_one_file_will_do(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", optional=("Passport", "Visa")))
    assert Process.objects.get().is_open
    deliver(acme, slot(process, "Visa"))
    slot(process, "Visa").approve(REVIEWER)
    assert Process.objects.get().is_finished


def test_reject_upload_again_approve_finish(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID card"))
    ana, card = phone(process), slot(process, "ID card")
    ana.put(card.pk, picture())
    ana.sign()
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    assert statuses(process) == {"Ana": "FINISH"}
    assert ana.state()["steps"] == [{"kind": "files", "state": "todo"}, {"kind": "sign", "state": "done"}]
    assert process.documents.get().state == Document.State.OPEN
    assert ana.put(card.pk, picture(color="red")).status_code == 200
    slot(process, "ID card").approve(REVIEWER)
    assert process.documents.get().state == Document.State.SEALING
    sending.finish_sealing(process)
    assert Process.objects.get().is_finished


def test_a_file_sent_back_gives_the_turn_back(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"), person("Benito", "Payslip", order=2))
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    assert statuses(process) == {"Ana": "NOTIFICATION", "Benito": "NOTIFICATION"}
    deliver(acme, slot(process, "Payslip"))
    slot(process, "Payslip").approve(REVIEWER)
    assert Process.objects.get().is_open


def test_while_it_is_being_sealed_nothing_changes(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID card", optional=("Passport",)))
    ana = phone(process)
    ana.put(slot(process, "ID card").pk, picture())
    ana.sign()
    slot(process, "ID card").approve(REVIEWER)
    says(unchanged_by(lambda: ana.put(slot(process, "Passport").pk, picture(color="red"))), 409, "PROCESS_SEALING")
    says(unchanged_by(lambda: ana.sign(kind="draw", image=drawing())), 409, "PROCESS_SEALING")
    says(ana.post("/rejection", {"reason": "No."}), 409, "PROCESS_SEALING")
    assert ana.state()["process"]["finish"] is False


def test_of_parallel_signatures_exactly_one_counts(transactional_db: None) -> None:
    process = sending.start_signing(make_acme(), person("Ana"), person("Benito", order=2))
    link, start = phone(process), threading.Barrier(10)

    def sign(_: int) -> list[int]:
        try:
            start.wait(30)
            return [int(link.sign().status_code) for _ in range(5)]
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = sorted(status for some in pool.map(sign, range(10)) for status in some)
    assert answers == [200] + [409] * 49
    assert Signature.objects.count() == process.events.filter(kind=Event.Kind.SIGNED).count() == 1
    assert len(jobs("invite")) == 2


def test_of_a_signature_and_a_rejection_at_once_one_wins(transactional_db: None) -> None:
    process = sending.start_signing(make_acme(), person("Ana"), person("Benito", order=2))
    link, start = phone(process), threading.Barrier(2)

    def act(signs: bool) -> int:
        try:
            start.wait(30)
            return int((link.sign() if signs else link.post("/rejection", {"reason": "No."})).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(act, [True, False]))
    assert sorted(answers)[0] == 200 and sorted(answers)[1] in {409, 410}
    assert (Process.objects.get().state == "rejected") == (not Signature.objects.exists())
