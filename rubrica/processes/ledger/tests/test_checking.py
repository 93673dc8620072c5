"""Whatever somebody changes behind our back, ``rubrica ledger check`` says so and where."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rubrica import cli
from rubrica.commands import base
from rubrica.processes import ledger
from rubrica.processes.ledger.checking import NotPrinted, check
from rubrica.processes.ledger.tests.days import Days, close_all, write
from rubrica.processes.models import Event, LedgerHead, LedgerLeaf, LedgerNode, LedgerSignature, Process
from tests import queue, sending
from tests.cast import Acme
from tests.tampering import rewriting_history

JOBS = ("close_ledger", "sign_ledger_head")


@pytest.fixture
def chains(acme: Acme, days: Days, settings: Any, tmp_path: Path) -> list[Process]:
    """Three processes over two days, seven leaves in all, both heads signed."""
    settings.DATA_DIR = tmp_path / "data"
    found = [sending.start(acme) for _ in range(3)]
    days.pass_midnight()
    close_all()
    found += [sending.start(acme) for _ in range(3)]
    write(found[0])
    days.pass_midnight()
    close_all()
    assert queue.run(*JOBS) == 2
    return found


def faults(*kept: str) -> list[tuple[str, int, str]]:
    return [(fault.what, fault.number, fault.package) for fault in check(kept).faults]


def test_all_of_it_holds(chains: list[Process]) -> None:
    report = check()
    assert (report.faults, report.processes, report.leaves, report.heads) == ([], 6, 7, 2)
    assert report.events == Event.objects.count()


def test_the_first_broken_event_is_named(chains: list[Process]) -> None:
    with rewriting_history():
        Event.objects.filter(process=chains[0], sequence__gte=2).update(actor_name="Somebody else")
    assert faults() == [("event", 2, chains[0].public_id)]


def rechain(process: Process) -> None:
    """What a careful forger does: every later hash and the head of the chain are made to fit."""
    previous = b""
    for event in process.events.order_by("sequence"):
        event.previous = previous
        previous = event.hash = event.digest(process.public_id)
        Event.objects.filter(pk=event.pk).update(previous=event.previous, hash=event.hash)
    last = process.events.order_by("-sequence")[0]
    Process.objects.filter(pk=process.pk).update(chain_length=last.sequence, chain_head=last.hash)


def test_a_chain_that_was_forged_as_a_whole_is_not_the_one_in_the_ledger(chains: list[Process]) -> None:
    with rewriting_history():
        Event.objects.filter(process=chains[1], sequence=1).update(actor_name="Somebody else")
        rechain(chains[1])
    (leaf,) = LedgerLeaf.objects.filter(process=chains[1])
    assert faults() == [("leaf", leaf.index, chains[1].public_id)]


def test_a_chain_that_was_shortened_is_not_the_one_in_the_ledger(chains: list[Process]) -> None:
    with rewriting_history():
        Event.objects.filter(process=chains[0]).order_by("-sequence")[0].delete()
        rechain(chains[0])
    assert [(what, package) for what, _, package in faults()] == [("leaf", chains[0].public_id)]


def forge_leaf(leaf: LedgerLeaf) -> None:
    LedgerLeaf.objects.filter(pk=leaf.pk).update(head=b"\1" * 32)


def drop_leaf(leaf: LedgerLeaf) -> None:
    leaf.delete()


def forge_node(leaf: LedgerLeaf) -> None:
    LedgerNode.objects.filter(level=0, index=leaf.index).update(hash=b"\1" * 32)


def forge_root(leaf: LedgerLeaf) -> None:
    LedgerHead.objects.filter(size=7).update(root=b"\1" * 32)


def swap_signatures(leaf: LedgerLeaf) -> None:
    one, two = LedgerSignature.objects.order_by("head__size")
    LedgerSignature.objects.filter(pk=two.pk).update(cms=bytes(one.cms))


def spoil_signature(leaf: LedgerLeaf) -> None:
    LedgerSignature.objects.filter(head__size=7).update(cms=b"0")


def move_day(leaf: LedgerLeaf) -> None:
    head = LedgerHead.objects.get(size=7)
    LedgerHead.objects.filter(pk=head.pk).update(day=head.day + timedelta(days=3))


def drop_head(leaf: LedgerLeaf) -> None:
    LedgerSignature.objects.filter(head__size=7).delete()
    LedgerHead.objects.filter(size=7).delete()


FORGERIES: list[tuple[Callable[[LedgerLeaf], None], set[str]]] = [
    (forge_leaf, {"leaf", "node", "root"}),
    (drop_leaf, {"leaf", "node", "root"}),
    (forge_node, {"node"}),
    (forge_root, {"root", "signature"}),
    (swap_signatures, {"signature"}),
    (spoil_signature, {"signature"}),
    (move_day, {"signature"}),
    (drop_head, {"leaf"}),
]


@pytest.mark.parametrize(("forge", "expected"), FORGERIES)
def test_a_changed_ledger(chains: list[Process], forge: Callable[[LedgerLeaf], None], expected: set[str]) -> None:
    with rewriting_history():
        forge(LedgerLeaf.objects.get(index=5))
    assert expected <= {what for what, _, _ in faults()} <= {*expected, "root"}


def test_a_key_of_another_installation_signs_in_vain(chains: list[Process], settings: Any, tmp_path: Path) -> None:
    from rubrica.sealing.keyring.keys import ensure_authority

    assert faults() == []
    settings.DATA_DIR = tmp_path / "elsewhere"  # where another authority's certificate lies, or none
    assert {what for what, _, _ in faults()} == {"signature"}
    ensure_authority()
    assert faults() == []


def test_a_head_that_was_kept_outside_is_compared(acme: Acme, chains: list[Process]) -> None:
    kept = ledger.in_words(acme.organization)
    assert faults(kept) == []
    assert faults(kept[:-1] + ("0" if kept[-1] != "0" else "1")) == [("kept", 7, "")]
    with pytest.raises(NotPrinted, match="no head"):
        check(["7"])


def test_a_head_that_nobody_signed_for_a_day(acme: Acme, days: Days, chains: list[Process]) -> None:
    write(chains[0])
    days.pass_midnight()
    close_all()
    assert faults() == []
    days.go_on(days=1, seconds=1)
    assert faults() == [("signature", 8, "")]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The command, in this process and with its database."""
    monkeypatch.setattr(base, "is_embedded", lambda: False)
    return cli.main(["ledger", "check", *arguments])


def test_the_command(
    chains: list[Process], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch) == 0
    assert "7 leaves and 2 heads.\nAll of them hold." in capsys.readouterr().out
    with rewriting_history():
        Event.objects.filter(process=chains[2], sequence=1).update(ip="198.51.100.1")
    assert run(monkeypatch, "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["faults"][0]["package"], said["faults"][0]["number"]) == (False, chains[2].public_id, 1)
    assert run(monkeypatch) == 1
    assert f"acme {chains[2].public_id} Event 1 was changed" in capsys.readouterr().out
    assert run(monkeypatch, "--head", "nonsense") == 2
