"""GET /s/{token}/state and what any call does with links (contract/own.md §2)."""

import hashlib
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rubrica import clock
from rubrica.processes.models import ParticipantLink, Process
from rubrica.signer.access import participant_by_token
from rubrica.signer.tests.phones import phone, says
from tests import sending
from tests.cast import Acme
from tests.contract.calls import stored
from tests.sending import REVIEWER, deliver, person, slot, somebody
from tests.tampering import as_superuser

CALLS = [
    ("GET", "/state"),
    ("GET", "/document"),
    ("GET", "/pages/1"),
    ("GET", "/pages/1/text"),
    ("PUT", "/files/1"),
    ("DELETE", "/files/1"),
    ("POST", "/opened"),
    ("POST", "/signature"),
    ("POST", "/approval"),
    ("POST", "/rejection"),
]


@pytest.fixture
def process(acme: Acme) -> Process:
    ana = person("Ana Pérez", "ID card", optional=("Passport",))
    return sending.start_signing(acme, ana, person("Benito Díaz", role="approver", order=2))


def steps(process: Process, name: str = "Ana") -> dict[str, str]:
    return {step["kind"]: step["state"] for step in phone(process, name).state()["steps"]}


def test_the_shape_of_the_contract(process: Process) -> None:
    state, ana = phone(process).state(), somebody(process, "Ana")
    assert {"process", "participant", "steps", "document", "files"} <= state.keys()
    named = {name: state["process"][name] for name in ("name", "message", "finish")}
    assert named == {"name": "Lease of Main Street 5", "message": "Please have a look.", "finish": False}
    assert state["participant"] == {
        "id": ana.public_id,
        "name": "Ana Pérez",
        "role": "SIGNER",
        "status": "NOTIFICATION",
    }
    assert state["steps"] == [{"kind": "files", "state": "todo"}, {"kind": "sign", "state": "locked"}]
    assert state["document"] == {"code": process.documents.get().code, "name": "Lease", "pages": 3}
    assert state["files"] == [
        {"id": str(slot(process, "ID card").pk), "name": "ID card", "optional": False, "status": "missing"},
        {"id": str(slot(process, "Passport").pk), "name": "Passport", "optional": True, "status": "missing"},
    ]


def test_a_file_in_each_state(acme: Acme, process: Process) -> None:
    def card() -> dict[str, Any]:
        found: dict[str, Any] = phone(process).state()["files"][0]
        return found

    submission = deliver(acme, slot(process, "ID card"))
    up = card()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", up.pop("uploadedAt"))
    assert up == {
        "id": str(slot(process, "ID card").pk),
        "name": "ID card",
        "optional": False,
        "status": "uploaded",
        "fileName": "cédula.jpg",
        "size": submission.blob.size,
    }
    slot(process, "ID card").reject("It is cut off.", REVIEWER)
    assert (card()["status"], card()["reason"]) == ("rejected", "It is cut off.")
    deliver(acme, slot(process, "ID card"))
    assert (card()["status"], "reason" in card()) == ("uploaded", False)
    slot(process, "ID card").approve(REVIEWER)
    assert card()["status"] == "approved"


def test_signing_is_locked_until_the_mandatory_files_are_there(acme: Acme, process: Process) -> None:
    assert steps(process) == {"files": "todo", "sign": "locked"}
    deliver(acme, slot(process, "ID card"))
    assert steps(process) == {"files": "done", "sign": "todo"}
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    assert steps(process) == {"files": "todo", "sign": "locked"}


def test_optional_files_lock_nothing(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", optional=("Passport",)))
    assert steps(process)["sign"] == "todo"
    assert phone(process).sign().status_code == 200


def test_who_waits_has_everything_locked(process: Process) -> None:
    assert steps(process, "Benito") == {"approve": "locked"}
    assert phone(process, "Benito").state()["downloads"] == []


def test_an_approver_without_a_document(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"), person("Benito", role="approver"))
    assert phone(process, "Benito").state()["document"] is None
    assert steps(process, "Benito") == {"approve": "todo"}


def test_a_document_that_has_not_come_is_not_there(acme: Acme) -> None:
    document = sending.await_upload(acme, person("Ana", "ID card"))
    assert phone(document.process).state()["document"] is None
    says(phone(document.process).get("/document"), 404, "NO_DOCUMENT")


def test_nobody_sees_the_files_of_others(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"), person("Benito", "Payslip"))
    deliver(acme, slot(process, "Payslip"))
    assert "Payslip" not in json.dumps(phone(process, "Ana").state())


def test_no_answer_holds_a_link_or_key(acme: Acme, process: Process) -> None:
    for link in (phone(process), phone(process, "Benito")):
        told = json.dumps(link.state())
        assert not re.search(r"/s/|puk_|prk_|example\.com", told)


def test_reading_changes_nothing(acme: Acme, process: Process) -> None:
    link = phone(process)
    before = (stored(), list(Process.objects.values()), list(process.participants.values()))
    for path in ("", "/state", "/document", "/pages/1", "/pages/1/text"):
        for method in ("GET", "HEAD"):
            answer = link.client.generic(method, link.base + path)
            assert answer.status_code == 200, (path, method)
            list(answer)
    assert (stored(), list(Process.objects.values()), list(process.participants.values())) == before


def test_methods_that_are_not_meant(process: Process) -> None:
    link = phone(process)
    for path, allowed in (("/state", {"GET", "HEAD"}), ("/signature", {"POST"}), ("/files/1", {"PUT", "DELETE"})):
        for method in {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"} - allowed:
            answer = link.client.generic(method, link.base + path)
            assert answer.status_code == 405
            assert set(answer.headers["Allow"].split(", ")) == allowed


def test_no_cookie_is_needed_nor_set(process: Process) -> None:
    link = phone(process)
    link.client = Client(enforce_csrf_checks=True)
    says(link.post("/rejection", {"reason": ""}), 400, "REASON_REQUIRED")
    assert link.get("/state").cookies == {}


# Links


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("token", ["x", "x" * 43, "%00", "ñ", "x" * 3000])
def test_an_unknown_link(client: Client, db: None, method: str, path: str, token: str) -> None:
    answer = client.generic(method, f"/s/{token}{path}", "{}")
    says(answer, 404, "UNKNOWN_LINK")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_links_that_have_ended(process: Process, method: str, path: str) -> None:
    link = phone(process)
    for state, message in (
        ("rejected", "PROCESS_REJECTED"),
        ("cancelled", "PROCESS_CANCELLED"),
        ("expired", "PROCESS_EXPIRED"),
    ):
        Process.objects.update(state=state)
        says(link.client.generic(method, link.base + path, "{}"), 410, message)
    Process.objects.update(state="open")
    ParticipantLink.objects.update(replaced_at=clock.now())
    before = stored()
    says(link.client.generic(method, link.base + path, "{}"), 410, "LINK_REPLACED")
    assert stored() == before


def test_a_refusal_speaks_the_participants_language(process: Process) -> None:
    process.participants.update(language="es")
    link = phone(process)
    Process.objects.update(state="expired")
    answer = link.client.get(f"{link.base}/state", headers={"Accept-Language": "en"})
    assert answer.json()["detail"] != "The time for this process is over."


def test_a_token_is_random_and_kept_as_a_digest(process: Process) -> None:
    link = phone(process)
    token = link.base.removeprefix("/s/")
    assert len(token) == 43
    row = ParticipantLink.objects.get()
    assert bytes(row.digest) == hashlib.sha256(token.encode()).digest()
    assert phone(process).base != link.base


def test_the_link_of_one_opens_nothing_of_another(acme: Acme, process: Process) -> None:
    other = sending.start(acme, person("Ana", "Payslip"))
    file = slot(other, "Payslip").pk
    says(phone(process).put(file, sending.picture()), 404, "FILE_UNKNOWN")
    says(phone(process).delete(file), 404, "FILE_UNKNOWN")
    says(phone(process, "Benito").put(slot(process, "ID card").pk, sending.picture()), 404, "FILE_UNKNOWN")


def test_the_first_visit_is_recorded_once(process: Process) -> None:
    link = phone(process)
    for _ in range(3):
        assert link.post("/opened").status_code == 204
    event = process.events.get(kind="participant.opened")
    assert (event.actor_kind, event.actor, event.ip) == ("participant", somebody(process).public_id, "127.0.0.1")


def test_unknown_paths_below_a_link(process: Process) -> None:
    link = phone(process)
    for path in ("/nothing", "/state/", "/pages/x", "/pages/-1", "/files/" + "9" * 5000, "/files/x", "/pages/1/"):
        answer = link.get(path)
        says(answer, 404, "NOT_FOUND")


MANY = """
INSERT INTO processes_participant (organization_id, process_id, public_id, name, email, phone, role, "order", status,
    language, identity, channels, notify)
SELECT organization_id, process_id, chr(200 + n / 100) || chr(200 + n %% 100), 'Many', 'm@example.com', '', 'signer', 1,
       'PENDING', 'es', '{}', '[]', true
  FROM processes_participant, generate_series(1, 5000) n WHERE id = %s RETURNING id
"""
READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'processes_participant'"


def test_a_link_is_opened_without_a_look_at_all_participants(acme: Acme) -> None:
    """Where all links were of the first participants when the planner last counted them."""
    process = sending.start(acme, person("Ana"), person("Benito"), person("Carla"))
    first = list(process.participants.all())
    for one in first:
        ParticipantLink.issue(one, REVIEWER, "invitation")
    with connection.cursor() as cursor:
        cursor.execute(MANY, [first[0].pk])
    with as_superuser() as cursor:
        cursor.execute("ANALYZE processes_participant, processes_participantlink")
    last = process.participants.order_by("-pk")[0]
    token = ParticipantLink.issue(last, REVIEWER, "invitation").rpartition("/")[2]

    def read() -> int:
        with connection.cursor() as cursor:
            cursor.execute(READ)
            return int((cursor.fetchone() or [0])[0])

    before = read()
    assert participant_by_token(token) == last
    assert read() - before < 10
