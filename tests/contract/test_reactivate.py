"""PUT /document/reactivate, contract/auco.md §5.8."""

from datetime import timedelta
from typing import Any

import pytest

from rubrica import clock
from rubrica.processes.models import Due, Event, Process
from tests import queue, sending
from tests.contract import seeds
from tests.contract.calls import BASE, Auco
from tests.contract.test_cancel import cancel, code_of
from tests.contract.test_document_upload import create
from tests.contract.test_packages import arrived
from tests.sending import somebody


def put(auco: Auco, body: Any, key: str | None = None) -> Any:
    headers = {"Authorization": auco.acme.private_key if key is None else key}
    return auco.client.put(f"{BASE}/document/reactivate", body, "application/json", headers=headers)


def reactivate(auco: Auco, **body: str) -> dict[str, Any]:
    answer = put(auco, {"email": "jefa@auco.ai", **body})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def rejected(auco: Auco, **more: Any) -> Process:
    process = create(auco, seeds.upload(**more))
    ana = somebody(process, "Ana")
    ana.reject("El canon está mal.", ana.actor())
    return process


def test_what_was_rejected_goes_on(auco: Auco) -> None:
    process = rejected(auco)
    assert reactivate(auco, code=code_of(process)) == {"notifications": 2, "users": ["Ana Pérez", "Benito Ruiz"]}
    body = auco.get("/document", code=code_of(process)).json()
    assert (body["status"], {one["status"] for one in body["signProfile"]}) == ("CREATED", {"NOTIFICATION"})
    assert process.events.get(kind=Event.Kind.REACTIVATED).actor_name == "jefa@auco.ai"
    queue.run("announce_again")
    assert queue.told("reactivated") == ["ana@example.com", "benito@example.com"]


def test_who_has_signed_is_not_asked_again(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    benito, ana = somebody(process, "Benito"), somebody(process, "Ana")
    benito.sign(kind="type", text="Benito", image=None, by=benito.actor())
    ana.reject("No.", ana.actor())
    assert reactivate(auco, code=code_of(process))["users"] == ["Ana Pérez"]
    ana.refresh_from_db()
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    assert process.documents.get().state == "sealing"


def test_those_whose_turn_has_not_come_wait_on(auco: Auco) -> None:
    sent = seeds.upload()
    sent["signProfile"][1]["order"] = 2
    process = create(auco, sent)
    ana = somebody(process, "Ana")
    ana.reject("No.", ana.actor())
    assert reactivate(auco, code=code_of(process))["users"] == ["Ana Pérez"]
    assert somebody(process, "Benito").status == "PENDING"


def test_an_expired_date_is_set_anew(auco: Auco, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REACTIVATION_DAYS = 10
    process = create(auco, seeds.upload(expiredDate=(clock.now() + timedelta(days=4)).isoformat(), remember=3))
    later = clock.now() + timedelta(days=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    Process.objects.get().expire()
    assert auco.get("/document", code=code_of(process)).json()["status"] == "EXPIRED"
    assert reactivate(auco, code=code_of(process))["notifications"] == 2
    process.refresh_from_db()
    assert process.expires_at == later + timedelta(days=10)
    assert Due.objects.get(kind="expire").at == process.expires_at
    assert {due.at for due in Due.objects.filter(kind="remind")} == {later + timedelta(hours=3)}


def test_a_date_that_is_still_to_come_stays(auco: Auco) -> None:
    process = rejected(auco, expiredDate=(clock.now() + timedelta(days=30)).isoformat())
    before = process.expires_at
    reactivate(auco, code=code_of(process))
    process.refresh_from_db()
    assert process.expires_at == before and Due.objects.filter(kind="expire").count() == 1


def test_a_package_and_a_package_id_as_code(auco: Auco) -> None:
    process = arrived(auco)
    for _ in range(2):
        carla = somebody(process, "Carla")
        carla.reject("No.", carla.actor())
        assert reactivate(auco, package=process.public_id)["users"] == ["Ana Pérez", "Benito Ruiz", "Carla Díaz"]


def test_the_silent_stay_silent(auco: Auco) -> None:
    process = rejected(auco, notification=False)
    assert reactivate(auco, code=code_of(process)) == {"notifications": 0, "users": []}
    assert Process.objects.get().state == "open"


def test_what_was_cancelled_counts_as_rejected(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    cancel(auco, code_of(process))
    assert reactivate(auco, code=code_of(process))["notifications"] == 2


def test_the_links_from_before_work_again(auco: Auco) -> None:
    process = create(auco, seeds.upload())
    link, ana = sending.link(somebody(process, "Benito")), somebody(process, "Ana")
    ana.reject("No.", ana.actor())
    reactivate(auco, code=code_of(process))
    assert auco.client.get(link + "/state").status_code == 200


@pytest.mark.parametrize("state", ["open", "finished", "editing"])
def test_only_what_has_ended_early(auco: Auco, state: str) -> None:
    process = create(auco, seeds.upload())
    Process.objects.update(state=state)
    answer = put(auco, {"email": "jefa@auco.ai", "code": code_of(process)})
    assert (answer.status_code, answer.json()["message"]) == (400, "NOT_ENDED")


def test_exactly_one_of_code_and_package(auco: Auco) -> None:
    process = rejected(auco)
    for more in ({}, {"code": code_of(process), "package": process.public_id}):
        answer = put(auco, {"email": "jefa@auco.ai", **more})
        assert (answer.status_code, answer.json()["message"]) == (400, "VALIDATION_ERROR")
        assert [error["code"] for error in answer.json()["errors"]] == ["exclusive"]


def test_the_address_is_required(auco: Auco) -> None:
    answer = put(auco, {"code": code_of(rejected(auco))})
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("email", "required")]


@pytest.mark.parametrize("value", ["AAAAAAAAAA", "", "%", "🖋", "x" * 300, "0" * 24])
def test_what_does_not_exist(auco: Auco, stranger: Auco, value: str) -> None:
    for field in ("code", "package"):
        answer = put(auco, {"email": "jefa@auco.ai", field: value})
        assert (answer.status_code, answer.json()) == (400, {"message": "PROCESS_NOT_FOUND"})


def test_a_strangers_process_is_as_unknown(auco: Auco, stranger: Auco) -> None:
    process = rejected(auco)
    for more in ({"code": code_of(process)}, {"package": process.public_id}):
        answer = put(stranger, {"email": "jefa@auco.ai", **more})
        assert (answer.status_code, answer.json()) == (400, {"message": "PROCESS_NOT_FOUND"})
    assert put(auco, {"code": code_of(process), "email": "a@b.co"}, key=auco.acme.public_key).status_code == 401
    assert Process.objects.get().state == "rejected"
