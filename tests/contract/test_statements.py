"""What starting a process costs in statements: a fixed number, however many people and files there are."""

from typing import Any

import psycopg
import pytest

from tests.contract import seeds
from tests.contract.calls import Auco


def statements(auco: Auco, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> list[str]:
    said: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(self: Any, query: Any, *rest: Any, **more: Any) -> Any:
        said.append(str(query).strip())
        return execute(self, query, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noted)
        auco.create(body)
    return said


def asking(people: int, files: int, **more: Any) -> dict[str, Any]:
    body = seeds.with_base64()
    signer = body["signProfile"][0]
    asked = [{"name": f"File {number}"} for number in range(files)]
    signers = [{**signer, "email": f"p{number}@example.com", "files": asked} for number in range(people)]
    return body | {"signProfile": signers} | more


def test_three_signers_with_three_files_cost_what_one_does(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    auco.create(asking(1, 1))
    one = statements(auco, monkeypatch, asking(1, 1))
    three = statements(auco, monkeypatch, asking(3, 3))
    assert len(three) == len(one) <= 23, three  # one of them is the test's own look at the process
    inserts = [line.split('"')[1] for line in three if line.startswith("INSERT")]
    assert inserts == ["processes_process", "processes_event", "processes_document", "processes_participant",
                       "processes_part", "processes_signaturebox", "processes_requestedfile"]  # fmt: skip


def test_what_is_to_come_costs_one_more(auco: Auco, monkeypatch: pytest.MonkeyPatch) -> None:
    auco.create(asking(1, 1))
    plain = statements(auco, monkeypatch, asking(3, 3))
    planned = statements(auco, monkeypatch, asking(3, 3, remember=3, expiredDate="2100-01-01T00:00:00.000Z"))
    assert len(planned) == len(plain) + 1
