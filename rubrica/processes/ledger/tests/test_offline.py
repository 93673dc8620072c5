"""The stand-alone verifier reads our ledger in a bundle, and finds what was changed in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

import rubrica_verify
from rubrica.processes import ledger
from rubrica.processes.ledger.tests.days import Days, close_all, write
from rubrica.processes.models import Process, chain
from rubrica.sealing.keyring.anchors import anchors
from rubrica.sealing.levels import server
from tests import queue, sending, tsa
from tests.cast import Acme

JOBS = ("sign_ledger_head", "stamp_ledger_head")
Json = dict[str, Any]


@pytest.fixture
def folder(acme: Acme, days: Days, settings: Any, tmp_path: Path) -> Path:
    """What a bundle has of the chain and the ledger; one event more has come in since the night."""
    settings.DATA_DIR = tmp_path / "data"
    for _ in range(4):
        sending.start(acme)
    process = sending.start(acme)
    write(process, times=2)
    days.pass_midnight()
    with tsa.authority(clock=lambda: days.now) as authority:
        settings.TSA = server.read(authority.url, authority.pem)
        close_all()
        queue.run(*JOBS)
    write(process)
    found = tmp_path / "bundle"
    found.mkdir()
    (found / "events.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines(process)))
    (found / "ledger.json").write_text(json.dumps(ledger.proof(process)))
    chain = {"length": process.chain_length, "head": bytes(process.chain_head).hex()}
    (found / "index.json").write_text(json.dumps({"package": process.public_id, "chain": chain}))
    return found


def lines(process: Process) -> list[Json]:
    return [chain.line(event, process.public_id) for event in process.events.order_by("sequence")]


def checked(folder: Path, roots: list[x509.Certificate]) -> str:
    """What the verifier says of the ledger. Raises what it raises."""
    found = rubrica_verify.Check(rubrica_verify.Bundle(folder), roots)
    found.index = json.loads((folder / "index.json").read_text())
    found.check_events()
    return found.check_ledger()


def test_it_holds(folder: Path) -> None:
    said = checked(folder, anchors())
    assert "day 2030-03-04, 5 leaves, signed by" in said and said.endswith("1 events are not in it yet.")


CHANGES: list[Callable[[Json], Any]] = [
    lambda found: found["head"].update(day="2030-03-05"),
    lambda found: found["head"].update(ledger="other"),
    lambda found: found["head"].update(size=6),
    lambda found: found["head"].update(made="2030-03-05T00:10:00.000001Z"),
    lambda found: (found["head"].update(root="0" * 64), found["inclusion"].update(root="0" * 64)),
    lambda found: found["inclusion"].update(index=(found["inclusion"]["index"] + 1) % 5),
    lambda found: found["inclusion"].update(length=2),
    lambda found: found["inclusion"].update(package="0" * 24),
    lambda found: found["inclusion"]["path"].pop(),
    lambda found: found["inclusion"]["path"].append("0" * 64),
]


def test_what_was_changed_is_found(folder: Path) -> None:
    path = folder / "ledger.json"
    untouched = path.read_text()
    for number, change in enumerate(CHANGES):
        found = json.loads(untouched)
        change(found)
        path.write_text(json.dumps(found))
        with pytest.raises(rubrica_verify.Wrong):
            print(number, checked(folder, anchors()))
