"""The event chain: whatever somebody with rights on the database changes, it no longer holds (security.md §2)."""

import random
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from rubrica.processes.actor import Actor
from rubrica.processes.models import Event, Process
from rubrica.processes.models.event import broken_among, first_broken
from tests import sending
from tests.cast import Acme
from tests.sending import REVIEWER, deliver, person, slot
from tests.tampering import rewriting_history


@pytest.fixture
def process(acme: Acme) -> Process:
    """Five events: created, uploaded, rejected with a reason in another script, uploaded, approved; then finished."""
    process = sending.start(acme, person("Ana", "ID card"))
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").reject("Ilegible — 読めない 🖋", REVIEWER)
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").approve(REVIEWER)
    return fresh(process)


def fresh(process: Process) -> Process:
    return Process.objects.get(pk=process.pk)


def test_it_holds(process: Process) -> None:
    kinds = list(process.events.values_list("kind", flat=True))
    assert kinds == [
        "process.created",
        "file.uploaded",
        "file.rejected",
        "file.uploaded",
        "file.approved",
        "process.finished",
    ]
    assert process.chain_length == 6
    assert first_broken(process) is None


def test_the_events_say_who_did_it_from_where(process: Process) -> None:
    uploaded, rejected = process.events.get(sequence=2), process.events.get(sequence=3)
    assert (uploaded.actor_kind, uploaded.ip, uploaded.user_agent) == ("participant", "203.0.113.9", "Phone")
    assert (rejected.actor_kind, rejected.actor, rejected.actor_name) == (
        "member",
        "tomas@acme.example",
        "Tomás Reviewer",
    )
    assert rejected.data["reason"] == "Ilegible — 読めない 🖋"


CHANGES: list[tuple[str, Any]] = [
    ("kind", "file.approved"),
    ("actor_kind", "system"),
    ("actor", "other@acme.example"),
    ("actor_name", "Somebody"),
    ("ip", "198.51.100.1"),
    ("user_agent", ""),
    ("data", {}),
    ("data", {"reason": "Fine."}),
    ("previous", b""),
    ("previous", b"\0" * 32),
    ("hash", b"\0" * 32),
    ("salt", b"\0" * 32),
    ("salt", None),
    ("erased", {"erasure": "0" * 24}),
]


@pytest.mark.parametrize(("field", "value"), CHANGES)
def test_a_changed_field(process: Process, field: str, value: Any) -> None:
    with rewriting_history():
        Event.objects.filter(process=process, sequence=3).update(**{field: value})
    assert first_broken(process) == 3


def test_a_changed_moment(process: Process) -> None:
    event = Event.objects.get(process=process, sequence=4)
    with rewriting_history():
        Event.objects.filter(pk=event.pk).update(at=event.at + timedelta(microseconds=1))
    assert first_broken(process) == 4


def test_a_changed_organization(process: Process, other: Acme) -> None:
    with rewriting_history():
        Event.objects.filter(process=process, sequence=2).update(organization=other.organization)
    assert first_broken(process) == 2


def test_every_column_is_covered() -> None:
    covered = {field for field, _ in CHANGES} | {"at", "organization", "sequence", "process", "id"}
    assert {field.name for field in Event._meta.fields} == covered


@pytest.mark.parametrize("sequence", [1, 2, 5])
def test_a_dropped_event(process: Process, sequence: int) -> None:
    with rewriting_history():
        Event.objects.filter(process=process, sequence=sequence).delete()
    assert first_broken(process) == sequence


def test_the_last_one_dropped(process: Process) -> None:
    with rewriting_history():
        Event.objects.filter(process=process, sequence=6).delete()
    assert first_broken(process) == 6


def test_all_dropped(process: Process) -> None:
    with rewriting_history():
        Event.objects.filter(process=process).delete()
    assert first_broken(process) == 1


def test_two_swapped(process: Process) -> None:
    second, third = Event.objects.filter(process=process, sequence__in=(2, 3))
    with rewriting_history():
        for pk, sequence in ((second.pk, 99), (third.pk, 2), (second.pk, 3)):
            Event.objects.filter(pk=pk).update(sequence=sequence)
    assert first_broken(process) == 2


def test_one_closed_up_behind_a_dropped_one(process: Process) -> None:
    with rewriting_history():
        Event.objects.filter(process=process, sequence=6).delete()
        Event.objects.filter(process=process, sequence=5).update(sequence=6)
    assert first_broken(process) == 5


def test_a_thousand_edits_at_random_are_all_noticed(process: Process) -> None:
    """Changed, dropped, swapped or said twice, one event or one of its fields at a time, without the database."""
    chance, rows = random.Random(7), list(process.events.order_by("sequence"))
    for _ in range(1000):
        events = [copy(event) for event in rows]
        at = chance.randrange(len(events))
        edit = chance.choice(["change", "drop", "swap", "repeat"])
        if edit == "change":
            field, value = chance.choice(CHANGES)
            if (bytes(old) if isinstance(old := getattr(events[at], field), memoryview) else old) == value:
                continue
            setattr(events[at], field, value)
        elif edit == "drop":
            del events[at]
        elif edit == "repeat":
            events.insert(at, events[at])
        else:
            other = (at + 1 + chance.randrange(len(events) - 1)) % len(events)
            events[at], events[other] = events[other], events[at]
        assert broken_among(process, events) is not None, (edit, at)


def test_one_appended(process: Process) -> None:
    forged = Event.build(process, Event.Kind.SIGNED, Actor("participant", "ZZ", "Nobody"), {})
    forged.save(force_insert=True)
    assert first_broken(process) == 7


def test_one_moved_from_another_process(acme: Acme, process: Process) -> None:
    another = sending.start(acme, person("Ana", "ID card"))
    with rewriting_history():
        Event.objects.filter(process=process, sequence=1).delete()
        Event.objects.filter(process=another, sequence=1).update(process=process)
    assert first_broken(process) == 1


def test_a_rewritten_head(process: Process) -> None:
    Process.objects.update(chain_head=b"\1" * 32)
    assert first_broken(fresh(process)) == 7
    Process.objects.update(chain_length=5)
    assert first_broken(fresh(process)) == 6


def test_data_come_back_from_the_database_as_they_were_hashed(process: Process) -> None:
    """JSONB has its own mind about numbers and order of keys."""
    data = {"z": 1, "a": [1.5, 10**15, -0.25, None, True], "ñ": {"b": "\u2028", "a": "\\"}, "size": 2**53}
    process.record(Event.Kind.OPENED, REVIEWER, **data)
    assert first_broken(fresh(process)) is None


def test_a_sequence_is_given_once(process: Process) -> None:
    with pytest.raises(Exception, match="process_id_sequence_key"), rewriting_history(), connection.cursor() as cursor:
        cursor.execute("UPDATE processes_event SET sequence = 1 WHERE process_id = %s AND sequence = 2", [process.pk])
