"""The ledger over the API: all that somebody needs who knows nothing of our database (docs/verify.md)."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from rubrica.processes.ledger.merkle import continues, includes
from rubrica.processes.ledger.tests.days import Days, close_all
from rubrica.processes.models import Event, Process
from rubrica.processes.models.chain import IMPERSONAL
from rubrica.sealing.keyring.anchors import anchors
from rubrica.sealing.verification import detached
from tests import queue, sending
from tests.cast import make_acme
from tests.contract.calls import Auco


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Days:
    return Days(monkeypatch)


@pytest.fixture
def auco(transactional_db: None, settings: Any, tmp_path: Path) -> Auco:
    settings.DATA_DIR = tmp_path / "data"
    return Auco(make_acme())


@pytest.fixture
def processes(auco: Auco, days: Days) -> list[Process]:
    """Five, of which the last two were sent on the second day; both days are signed."""
    found = [sending.start(auco.acme) for _ in range(3)]
    close(days)
    found += [sending.start(auco.acme) for _ in range(2)]
    close(days)
    return found


def close(days: Days) -> None:
    days.pass_midnight()
    close_all()
    queue.run("sign_ledger_head")


def canonical(fields: list[Any]) -> bytes:
    """As docs/verify.md says it, by nothing of ours."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def committed(fields: list[Any]) -> str:
    return hashlib.sha256(canonical(fields)).hexdigest()


def test_from_the_events_to_the_signature(auco: Auco, processes: list[Process]) -> None:
    """Everything is recomputed from answers of the API and the one certificate that is trusted."""
    events = auco.get("/events", limit="100").json()["data"]
    head = auco.get("/ledger").json()
    assert (head["ledger"], head["day"], head["size"]) == ("acme", "2030-03-05", 5)
    for process in processes:
        proof = auco.get("/ledger/inclusion", package=process.public_id).json()
        previous = ""
        for event in [one for one in events if one["package"] == process.public_id][: proof["length"]]:
            at, actor = event["at"].replace("Z", "+00:00"), event["actor"]
            who = [event["salt"][:32], actor["id"], actor["name"], event["ip"], event["userAgent"]]
            rest = {name: value for name, value in event["data"].items() if name not in IMPERSONAL}
            told = [committed(who), committed([event["salt"][32:], rest]) if rest else "", "", 2,
                    {name: value for name, value in event["data"].items() if name in IMPERSONAL}]  # fmt: skip
            fields = [event["package"], event["sequence"], event["kind"], at, actor["kind"], *told, previous]
            previous = hashlib.sha256(canonical(fields)).hexdigest()
            assert previous == event["hash"]
        assert previous == proof["chainHead"]
        leaf = hashlib.sha256(b"\0" + canonical([process.public_id, proof["length"], previous])).hexdigest()
        assert (leaf, proof["root"], proof["size"]) == (proof["leaf"], head["root"], head["size"])
        steps = [bytes.fromhex(step) for step in proof["path"]]
        assert includes(bytes.fromhex(leaf), proof["index"], proof["size"], steps, bytes.fromhex(head["root"]))
    signed = canonical(["rubrica-ledger-head-v1", head["ledger"], head["day"], head["size"], head["root"],
                        head["made"].replace("Z", "+00:00")])  # fmt: skip
    detached.check(base64.b64decode(head["signature"]), hashlib.sha256(signed).digest(), anchors())


def test_the_second_day_begins_with_the_first(auco: Auco, processes: list[Process]) -> None:
    answer = auco.get("/ledger/consistency", first="3").json()
    assert answer == auco.get("/ledger/consistency", first="3", second="5").json()
    before, after = bytes.fromhex(answer["firstRoot"]), bytes.fromhex(answer["secondRoot"])
    assert continues(3, before, 5, after, [bytes.fromhex(step) for step in answer["path"]])
    assert answer["secondRoot"] == auco.get("/ledger").json()["root"]
    same = auco.get("/ledger/consistency", first="5", second="5").json()
    assert (same["path"], same["firstRoot"]) == ([], answer["secondRoot"])


def test_a_proof_against_a_head_that_somebody_kept(auco: Auco, processes: list[Process]) -> None:
    older = auco.get("/ledger/inclusion", package=processes[0].public_id, size="3").json()
    assert (older["size"], older["root"]) == (3, auco.get("/ledger/consistency", first="3").json()["firstRoot"])
    late = auco.get("/ledger/inclusion", package=processes[4].public_id, size="3")
    assert (late.status_code, late.json()) == (400, {"message": "LEDGER_PENDING"})


def test_what_is_not_there_yet(auco: Auco, days: Days) -> None:
    process = sending.start(auco.acme)
    for path, query in (("", {}), ("/inclusion", {"package": process.public_id}), ("/consistency", {"first": "1"})):
        answer = auco.get(f"/ledger{path}", **query)
        assert (answer.status_code, answer.json()) == (400, {"message": "LEDGER_EMPTY"})
    close(days)
    young = sending.start(auco.acme)
    answer = auco.get("/ledger/inclusion", package=young.public_id)
    assert (answer.status_code, answer.json()) == (400, {"message": "LEDGER_PENDING"})


def test_events_of_today_are_not_in_the_proof(auco: Auco, processes: list[Process]) -> None:
    process = processes[0]
    before = auco.get("/ledger/inclusion", package=process.public_id).json()
    process.refresh_from_db()
    process.record(Event.Kind.OPENED, sending.REVIEWER)
    assert auco.get("/ledger/inclusion", package=process.public_id).json() == before


def test_a_process_that_is_not_known(auco: Auco, processes: list[Process]) -> None:
    for package in ("", "0" * 24, "nothing", "\0", "é" * 30):
        answer = auco.get("/ledger/inclusion", package=package)
        assert (answer.status_code, answer.json()) == (400, {"message": "PROCESS_NOT_FOUND"})


WRONG = ["0", "6", "-1", "1.0", "٣", "x", "9" * 30, " 3", "3\0"]


def test_a_size_that_the_ledger_never_had(auco: Auco, processes: list[Process]) -> None:
    for size in WRONG:
        for path, query, field in (
            ("/inclusion", {"package": processes[0].public_id, "size": size}, "size"),
            ("/consistency", {"first": size}, "first"),
            ("/consistency", {"first": "1", "second": size}, "second"),
        ):
            answer = auco.get(f"/ledger{path}", **query)
            assert answer.status_code == 400
            assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, "out_of_range")]


def test_the_older_size_is_asked_for_and_not_larger(auco: Auco, processes: list[Process]) -> None:
    missing = auco.get("/ledger/consistency").json()
    assert [(one["field"], one["code"]) for one in missing["errors"]] == [("first", "required")]
    larger = auco.get("/ledger/consistency", first="4", second="3").json()
    assert [(one["field"], one["code"]) for one in larger["errors"]] == [("first", "out_of_range")]


def test_a_stranger_sees_nothing_of_it(auco: Auco, processes: list[Process]) -> None:
    stranger = Auco(make_acme("Other", "other.example"))
    assert stranger.get("/ledger").json() == {"message": "LEDGER_EMPTY"}
    answer = stranger.get("/ledger/inclusion", package=processes[0].public_id)
    assert answer.json() == {"message": "PROCESS_NOT_FOUND"}
    assert stranger.get("/ledger/consistency", first="1").json() == {"message": "LEDGER_EMPTY"}


def test_it_takes_the_public_key(auco: Auco) -> None:
    for path in ("/ledger", "/ledger/inclusion", "/ledger/consistency"):
        assert auco.get(path, key=auco.acme.private_key).status_code == 401
        assert auco.get(path, key="").status_code == 401
