"""Reminders and expiry at their moment, through the rows and jobs that do it."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from rubrica import clock
from rubrica.processes import jobs
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Due, Event, Participant, Process
from rubrica.processes.models.due import due_rows, enqueue_due
from tests import queue, sending
from tests.cast import Acme, make_acme
from tests.contract import calls
from tests.sending import deliver, person, slot, somebody


class Hands:
    """The clock of the test."""

    def __init__(self) -> None:
        self.now = clock.now()

    def turn(self, **time: float) -> None:
        self.now += timedelta(**time)

    def read(self) -> datetime:
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    hands = Hands()
    monkeypatch.setattr(clock, "now", hands.read)
    yield hands


def pass_by(hands: Hands, **time: float) -> None:
    """Time passes, and the jobs of the clock run with all that they start."""
    hands.turn(**time)
    jobs.do_what_is_due.func(timestamp=0)
    queue.run("remind_again", "expire", "remind", "announce_expiry", "tell_reader", "invite")


def test_reminders_come_by_the_clock_until_all_is_done(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(acme, person("Ana"), person("Benito"), remind_every_hours=3)
    pass_by(hands, hours=2.9)
    assert queue.told("remind") == []
    pass_by(hands, hours=0.2)
    assert queue.told("remind") == ["ana@example.com", "benito@example.com"]
    ana = somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    for _ in range(2):
        pass_by(hands, hours=3)
    assert queue.told("remind") == ["ana@example.com", *["benito@example.com"] * 3]
    assert process.events.filter(kind=Event.Kind.REMINDED).count() == 4
    assert Due.objects.get().participant == somebody(process, "Benito")


def test_a_worker_that_was_away_reminds_once(acme: Acme, hands: Hands) -> None:
    sending.start_signing(acme, person("Ana"), remind_every_hours=3)
    pass_by(hands, days=30)
    pass_by(hands, minutes=1)
    assert queue.told("remind") == ["ana@example.com"]


def test_the_silent_and_those_who_wait_are_not_reminded(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(
        acme, person("Ana", notify=False), person("Benito", order=2), remind_every_hours=3
    )  # fmt: skip
    pass_by(hands, hours=4)
    assert queue.told("remind") == [] and not Due.objects.exists()
    ana = somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    pass_by(hands, hours=4)
    assert queue.told("remind") == ["benito@example.com"]


def test_nothing_is_planned_where_nothing_was_asked_for(acme: Acme) -> None:
    sending.start_signing(acme, person("Ana"))
    assert not Due.objects.exists()


def test_who_has_delivered_is_reminded_again_when_a_file_comes_back(acme: Acme, hands: Hands) -> None:
    process = sending.start(acme, person("Ana", "ID card"), remind_every_hours=3)
    deliver(acme, slot(process, "ID card"))
    pass_by(hands, hours=4)
    assert queue.told("remind") == [] and not Due.objects.exists()
    slot(process, "ID card").reject("Blurred.", sending.REVIEWER)
    pass_by(hands, hours=4)
    assert queue.told("remind") == ["ana@example.com"]


def test_the_blocked_are_not_reminded_until_a_member_has_decided(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(acme, person("Ana"), remind_every_hours=3)
    process.participants.update(status="BLOCK")
    pass_by(hands, hours=4)
    assert queue.told("remind") == []
    process.participants.update(status="NOTIFICATION")
    pass_by(hands, hours=4)
    assert queue.told("remind") == ["ana@example.com"]


@pytest.mark.parametrize("state", ["finished", "rejected", "cancelled", "expired", "editing"])
def test_what_has_ended_reminds_of_nothing(acme: Acme, hands: Hands, state: str) -> None:
    sending.start_signing(acme, person("Ana"), remind_every_hours=3)
    Process.objects.update(state=state)
    pass_by(hands, hours=4)
    assert queue.told("remind") == [] and not Due.objects.exists()


def test_what_waits_for_its_seal_neither_reminds_nor_expires(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(acme, person("Ana"), remind_every_hours=3, expires_at=hands.now + timedelta(days=3))
    ana = somebody(process, "Ana")
    ana.sign(kind="type", text="Ana", image=None, by=ana.actor())
    pass_by(hands, days=4)
    assert queue.told() == [] and Process.objects.get().state == "open"


def test_a_process_expires_at_its_moment(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(
        acme, person("Ana"), person("Benito", notify=False), person("Rita", role="reader"),
        expires_at=hands.now + timedelta(days=3),
    )  # fmt: skip
    link = sending.link(somebody(process, "Ana"))
    pass_by(hands, days=2, hours=23, minutes=59)
    assert Process.objects.get().state == "open"
    pass_by(hands, minutes=1)
    process.refresh_from_db()
    assert (process.state, process.ended_at) == ("expired", hands.now)
    assert process.events.get(kind=Event.Kind.EXPIRED).actor_kind == RUBRICA.kind
    assert queue.told("expired") == ["ana@example.com", "olga@acme.example"]
    assert queue.told("update") == ["rita@example.com"]
    assert Client().get(link + "/state").status_code == 410
    pass_by(hands, days=1)
    assert process.events.filter(kind=Event.Kind.EXPIRED).count() == 1


def test_a_later_date_holds_when_the_job_of_an_earlier_one_comes(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(acme, person("Ana"), expires_at=hands.now + timedelta(days=3))
    Process.objects.update(expires_at=hands.now + timedelta(days=9))
    pass_by(hands, days=4)
    assert Process.objects.get().state == "open"
    process.refresh_from_db()
    process.expire()
    assert Process.objects.get().state == "open"


def test_many_at_once_go_by_batches(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(acme, person("Ana"))
    at = hands.now + timedelta(hours=1)
    Due.objects.bulk_create([Due(process=process, kind="expire", at=at) for _ in range(1203)])
    assert enqueue_due() == 0
    hands.turn(hours=1)
    assert (enqueue_due(), len(calls.jobs("expire")), Due.objects.count()) == (1203, 1203, 0)


def test_planning_again_takes_the_place_of_the_earlier_plan(acme: Acme, hands: Hands) -> None:
    process = sending.start_signing(acme, person("Ana"), remind_every_hours=3)
    ana = somebody(process, "Ana")
    for hours in (1, 2):
        hands.turn(hours=hours)
        ana.plan_reminder()
    assert Due.objects.get().at == hands.now + timedelta(hours=3)


def test_two_workers_at_once_take_each_row_once(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are in the middle of it at the same time, on connections of their own."""
    process = sending.start_signing(make_acme(), *(person(f"P{n}") for n in range(40)), remind_every_hours=3)
    Due.objects.update(at=clock.now() - timedelta(minutes=1))
    monkeypatch.setattr("rubrica.processes.models.due.BATCH", 5)
    both, taken = threading.Barrier(2, timeout=30), []

    def work() -> None:
        try:
            with transaction.atomic():
                rows = [row.pk for row in due_rows()]
                both.wait()  # Each holds its rows, and sees none of the other's.
                taken.append(rows)
            taken.append([enqueue_due()])
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    held = [rows for rows in taken if len(rows) == 5]
    assert len(held) == 2 and not set(held[0]) & set(held[1])
    everybody = sorted(process.participants.values_list("pk", flat=True))
    assert sorted(job["participant_id"] for job in calls.jobs("remind_again")) == everybody
    assert not Due.objects.exists()


ROWS = 1_000_000


def test_a_million_plans_cost_nothing_until_one_is_due(acme: Acme, hands: Hands) -> None:
    """The plan is a range of the index on the moment, and reads as much as is due."""
    process = sending.start_signing(acme, person("Ana"))
    far = hands.now + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO processes_due (process_id, kind, at) "
            "SELECT %s, 'expire', %s::timestamptz + n * interval '1 second' FROM generate_series(1, %s) AS n",
            [process.pk, far, ROWS],
        )
        cursor.execute("ANALYZE processes_due")
    assert read(hands.now) == 0
    assert read(far + timedelta(seconds=3)) == 3
    assert enqueue_due() == 0
    hands.now = far + timedelta(seconds=7)
    assert enqueue_due() == 7 and Due.objects.count() == ROWS - 7


def read(now: datetime) -> int:
    """How many rows the index gave for the query of the periodic job at this moment."""
    with pytest.MonkeyPatch.context() as patch, connection.cursor() as cursor:
        patch.setattr(clock, "now", lambda: now)
        sql, values = due_rows().query.sql_with_params()
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", values)
        found = cursor.fetchone()[0]
    (plan,) = json.loads(found) if isinstance(found, str) else found
    nodes = list(flat(plan["Plan"]))
    scans = [node for node in nodes if "Scan" in node["Node Type"]]
    assert [(node["Node Type"], node["Index Name"][:17]) for node in scans] == [("Index Scan", "processes_due_at_")]
    assert "<=" in scans[0]["Index Cond"] and "rubrica.organization" in scans[0]["Filter"]
    assert not any(node["Node Type"] == "Sort" for node in nodes)
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    assert pages < 40, plan
    return int(scans[0]["Actual Rows"])


def flat(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        if child["Actual Loops"]:  # else nothing was asked of it
            yield from flat(child)


def test_a_job_whose_participant_is_gone_does_nothing(acme: Acme) -> None:
    sending.start_signing(acme, person("Ana"))
    jobs.remind_again.func(participant_id=Participant.objects.latest("pk").pk + 1)
    assert calls.jobs("remind") == []
