"""Legal holds over the API: what is under one is neither deleted nor taken back (docs/api-own.md)."""

import json
from typing import Any

import pytest

from rubrica.processes.models import Hold
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract.calls import BASE, Auco
from tests.sending import person


@pytest.fixture
def auco(acme: Acme) -> Auco:
    return Auco(acme)


def call(auco: Auco, method: str, package: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    raw = json.dumps(body) if body is not None else ""
    headers = {"Authorization": key or auco.acme.private_key}
    path = f"{BASE}/processes/{package}/hold"
    if method == "get":
        return auco.client.get(path, headers=headers)
    return getattr(auco.client, method)(path, raw, "application/json", headers=headers)


def test_it_works(auco: Auco) -> None:
    process = sending.start_signing(auco.acme, person("Ana"), kind="document")
    placed = call(auco, "put", process.public_id, {"reason": "Claim 17"})
    assert placed.status_code == 200, placed.content
    (hold,) = placed.json()["holds"]
    assert (hold["of"], hold["reason"], hold["by"]) == ("process", "Claim 17", auco.acme.private_key[:8])
    assert auco.get(f"/processes/{process.public_id}/hold", key=auco.acme.private_key).json() == placed.json()
    code = process.documents.get().code
    answer = auco.post("/document/edit", {"code": code})
    assert (answer.status_code, answer.json()["message"]) == (400, "HELD")
    again = call(auco, "put", process.public_id, {"reason": "Another"})
    assert (again.status_code, again.json()["message"]) == (400, "ALREADY_HELD")
    lifted = call(auco, "delete", process.public_id)
    assert (lifted.status_code, lifted.json()["holds"]) == (200, [])
    twice = call(auco, "delete", process.public_id)
    assert (twice.status_code, twice.json()["message"]) == (400, "NOT_HELD")


def test_a_reason_is_needed(auco: Auco) -> None:
    process = sending.start(auco.acme)
    for reason in ({}, {"reason": ""}, {"reason": 5}):
        assert call(auco, "put", process.public_id, reason).status_code == 400
    assert not Hold.objects.exists()


def test_the_public_key_and_strangers_see_and_hold_nothing(auco: Auco) -> None:
    process = sending.start(auco.acme)
    assert call(auco, "put", process.public_id, {"reason": "x"}, auco.acme.public_key).status_code == 401
    other = make_acme("Other", "other.example")
    for method in ("put", "delete", "get"):
        answer = call(auco, method, process.public_id, {"reason": "x"} if method == "put" else None, other.private_key)
        assert (answer.status_code, answer.json()["message"]) == (400, "PROCESS_NOT_FOUND")
    assert not Hold.objects.exists()
