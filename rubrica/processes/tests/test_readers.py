"""Readers hear of every step, and of nothing else."""

import pytest

from rubrica.processes.models import Event
from tests import queue, sending
from tests.cast import Acme
from tests.sending import REVIEWER, person, somebody

READER = person("Rita", role="reader")


def updates() -> list[str]:
    queue.run("tell_reader", "announce_finish", "announce_cancellation")
    return [one for one in queue.told() if "rita@" in one]


def test_each_step_of_signing_and_approving(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"), person("Benito", role="approver"), READER)
    ana, benito = somebody(process, "Ana"), somebody(process, "Benito")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    assert updates() == ["update rita@example.com"]
    benito.approve(benito.actor())
    sending.finish_sealing(process)
    assert updates()[1:] == ["update rita@example.com", "finished rita@example.com"]


def test_refusals_and_cancellations(acme: Acme) -> None:
    for end in ("reject", "cancel"):
        process = sending.start_signing(acme, person("Ana"), READER)
        ana = somebody(process, "Ana")
        if end == "reject":
            ana.reject("No.", ana.actor())
        else:
            process.cancel("Not needed.", REVIEWER)
    assert updates() == ["update rita@example.com"] * 2


def test_a_step_is_told_once(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"), READER)
    ana = somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    from rubrica.processes import notices

    event = process.events.get(kind=Event.Kind.SIGNED)
    for _ in range(2):
        notices.update(somebody(process, "Rita").pk, event.pk)
    assert updates() == ["update rita@example.com"]


def test_nothing_else_is_asked_of_them(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana"), READER)
    rita = somebody(process, "Rita")
    assert (rita.status, rita.is_reader, rita.signs) == ("FINISH", True, False)
    assert [one.name for one in rita.own_documents()] == ["Lease"]
    queue.run("invite")
    assert queue.told() == ["invite ana@example.com"]


@pytest.mark.parametrize("act", ["sign", "approve", "reject"])
def test_they_can_do_nothing(acme: Acme, act: str) -> None:
    process = sending.start_signing(acme, person("Ana"), READER)
    rita = somebody(process, "Rita")
    acts = {
        "sign": lambda: rita.sign(kind="type", text="Rita", image=None, by=rita.actor()),
        "approve": lambda: rita.approve(rita.actor()),
        "reject": lambda: rita.reject("No.", rita.actor()),
    }
    with pytest.raises(Exception, match=r"not asked of you|done your part"):
        acts[act]()


def test_the_order_of_a_reader_holds_nobody_up(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", order=3), person("Rita", role="reader", order=0))
    assert somebody(process, "Ana").status == "NOTIFICATION"
