"""POST /document/cancel, contract/auco.md §5.7: what can be is cancelled, and the answer says of which it could not."""

from typing import Any

import pytest

from rubrica.processes.models import Event, Process
from tests import queue
from tests.contract import seeds
from tests.contract.calls import Auco
from tests.contract.test_document_upload import create
from tests.contract.test_packages import arrived
from tests.sending import somebody


def cancel(auco: Auco, *codes: str, **more: Any) -> dict[str, Any]:
    answer = auco.post("/document/cancel", body(*codes, **more))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def body(*codes: str, **more: Any) -> dict[str, Any]:
    return {"codes": list(codes), "message": "Ya no hace falta.", "email": "jefa@auco.ai", **more}


def code_of(process: Process) -> str:
    return process.documents.all()[0].code


def test_it_works(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    assert cancel(auco, code_of(process)) == {"success": 1, "errors": {"cant": 0}}
    assert auco.get("/document", code=code_of(process)).json()["status"] == "REJECTED"
    event = process.events.get(kind=Event.Kind.CANCELLED)
    assert (event.actor_name, event.data) == ("jefa@auco.ai", {"message": "Ya no hace falta."})


def test_who_was_asked_or_acted_is_told_why(auco: Auco) -> None:
    sent = seeds.upload(readers=[{"name": "Rita", "email": "rita@example.com"}])
    sent["signProfile"] += [
        {"name": "Carla", "email": "carla@example.com", "order": 2},
        {"name": "Dora", "email": "dora@example.com", "notification": False},
    ]
    process = create(auco, sent)
    ana = somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    cancel(auco, code_of(process))
    queue.run("announce_cancellation", "tell_reader")
    assert sorted(queue.told("cancelled")) == ["ana@example.com", "benito@example.com"]
    assert queue.told("update") == ["rita@example.com", "rita@example.com"]


def test_partial_success(auco: Auco, stranger: Auco) -> None:
    first, second, finished, rejected = (create(auco, seeds.upload()) for _ in range(4))
    Process.objects.filter(pk=finished.pk).update(state="finished")
    ana = somebody(rejected, "Ana")
    ana.reject("No.", ana.actor())
    theirs = create(stranger, seeds.upload())
    unknown = ["AAAAAAAAAA", "", "%", "🖋", "x" * 300]
    bad = [code_of(finished), code_of(rejected), code_of(theirs), *unknown]
    assert cancel(auco, code_of(first), *bad, code_of(second)) == {
        "success": 2, "errors": {"cant": len(bad), "documents": bad}
    }  # fmt: skip
    assert {p.state for p in Process.objects.filter(pk__in=[first.pk, second.pk])} == {"cancelled"}
    assert Process.objects.get(pk=theirs.pk).state == "open"


def test_what_waits_for_its_seal_is_fully_signed(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    process.documents.update(state="sealing")
    assert cancel(auco, code_of(process))["errors"] == {"cant": 1, "documents": [code_of(process)]}


def test_a_package_goes_as_a_whole(auco: Auco) -> None:
    process = arrived(auco)
    codes = list(process.documents.values_list("code", flat=True))
    assert cancel(auco, *codes) == {"success": 2, "errors": {"cant": 0}}
    assert process.events.filter(kind=Event.Kind.CANCELLED).count() == 1
    assert cancel(auco, codes[0])["success"] == 0


def test_the_same_code_twice_is_cancelled_once(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    assert cancel(auco, code_of(process), code_of(process))["errors"] == {"cant": 0}
    assert process.events.filter(kind=Event.Kind.CANCELLED).count() == 1


def test_what_is_in_edition_can_be_cancelled(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    auco.post("/document/edit", {"code": code_of(process)})
    assert cancel(auco, code_of(process))["success"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"codes": []},
        {"codes": "AAAAAAAAAA"},
        {"codes": [1]},
        {"codes": ["x" * 301]},
        {"codes": ["A"] * 1001},
        {"codes": ["a\0b"]},
        {"codes": None},
        {"message": " "},
        {"message": None},
        {"message": "\ud800"},
        {"email": "nobody"},
        {"email": None},
    ],
)
def test_every_field_is_required_and_checked(auco: Auco, wrong: dict[str, Any]) -> None:
    process = create(auco, seeds.upload())
    answer = auco.post("/document/cancel", body(code_of(process)) | wrong)
    assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
    assert all(error["field"].startswith(next(iter(wrong))) for error in answer.json()["errors"])
    assert Process.objects.get().state == "open"


def test_it_needs_the_private_key(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    for key in ("", auco.acme.public_key):
        assert auco.post("/document/cancel", body(code_of(process)), key=key).status_code == 401
    assert Process.objects.get().state == "open"
