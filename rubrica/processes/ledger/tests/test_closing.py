"""What goes into the ledger on which day, once, all of it or nothing, and however late."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from rubrica.processes.ledger import closing, merkle
from rubrica.processes.ledger.heads import leaf_bytes
from rubrica.processes.ledger.tests.days import Days, close_all, heads, write
from rubrica.processes.models import Event, LedgerHead, LedgerLeaf, LedgerNode, Process
from tests import sending
from tests.cast import Acme, make_acme


def leaves(acme: Acme) -> list[tuple[str, int]]:
    """Package and length of each leaf; every head of a chain must be that of the event it names."""
    found = LedgerLeaf.objects.filter(organization=acme.organization).select_related("process").order_by("index")
    for leaf in found:
        assert bytes(leaf.head) == bytes(Event.objects.get(process=leaf.process, sequence=leaf.length).hash)
    return [(leaf.process.public_id, leaf.length) for leaf in found]


def length(process: Process) -> int:
    return Process.objects.get(pk=process.pk).chain_length


def test_it_works(acme: Acme, days: Days) -> None:
    one, two = sending.start(acme), sending.start(acme)
    expected = sorted((process.public_id, length(process)) for process in (one, two))
    assert close_all() == 0  # the day is not over
    days.pass_midnight()
    assert close_all() == 1
    assert leaves(acme) == expected
    head = LedgerHead.objects.get()
    hashes = [
        merkle.leaf_hash(leaf_bytes(leaf.process.public_id, leaf.length, bytes(leaf.head)))
        for leaf in LedgerLeaf.objects.select_related("process").order_by("index")
    ]
    assert (heads(acme.organization.pk), bytes(head.root)) == ([("Monday", 2)], merkle.node_hash(*hashes))


def test_a_second_run_changes_nothing(acme: Acme, days: Days) -> None:
    sending.start(acme)
    days.pass_midnight()
    assert (close_all(), close_all(), closing.close_days(acme.organization.pk)) == (1, 0, 0)


def test_each_day_appends_what_went_on(acme: Acme, days: Days) -> None:
    one, two = sending.start(acme), sending.start(acme)
    days.pass_midnight()
    close_all()
    write(two, times=3)
    days.pass_midnight()
    close_all()
    assert heads(acme.organization.pk) == [("Monday", 2), ("Tuesday", 3)]
    assert leaves(acme)[2:] == [(two.public_id, length(two))]
    assert length(one) < length(two)


def test_a_day_without_events_has_no_head(acme: Acme, days: Days) -> None:
    process = sending.start(acme)
    days.pass_midnight()
    close_all()
    days.pass_midnight()
    assert (close_all(), closing.organizations_behind()) == (0, [])
    write(process)
    days.pass_midnight()
    close_all()
    assert [day for day, _ in heads(acme.organization.pk)] == ["Monday", "Wednesday"]


def test_missed_days_are_caught_up_each_with_its_own_head(acme: Acme, days: Days) -> None:
    one = sending.start(acme)
    days.pass_midnight()
    close_all()
    write(one)
    days.go_on(days=1)
    write(one)
    two = sending.start(acme)
    wednesday = length(one)
    days.go_on(days=2)
    write(one)
    days.pass_midnight()
    assert close_all() == 3
    assert heads(acme.organization.pk) == [("Monday", 1), ("Tuesday", 2), ("Wednesday", 4), ("Friday", 5)]
    expected = [(one.public_id, wednesday - 1), *sorted([(one.public_id, wednesday), (two.public_id, length(two))])]
    assert leaves(acme)[1:] == [*expected, (one.public_id, length(one))]
    assert {head.made_at for head in LedgerHead.objects.exclude(size=1)} == {days.now}


def test_what_was_there_before_the_first_head_counts_as_yesterdays(acme: Acme, days: Days) -> None:
    sending.start(acme)
    days.go_on(days=2)
    sending.start(acme)
    days.pass_midnight(2)
    assert close_all() == 1
    assert heads(acme.organization.pk) == [("Thursday", 2)]


def test_events_of_the_new_day_wait_for_their_own(acme: Acme, days: Days) -> None:
    one = sending.start(acme)
    before = length(one)
    days.pass_midnight()
    write(one)
    two = sending.start(acme)
    assert close_all() == 1
    assert leaves(acme) == [(one.public_id, before)]
    days.pass_midnight()
    assert close_all() == 1
    assert leaves(acme)[1:] == sorted([(one.public_id, before + 1), (two.public_id, length(two))])


@pytest.fixture
def second() -> Any:
    """Another connection, as another server process has one."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host", "port", "password") if parameters.get(name)}
    with psycopg.connect(**wanted) as other:
        yield other


COPY = """
INSERT INTO processes_event (organization_id, process_id, sequence, kind, at, actor_kind, actor, actor_name, ip,
    user_agent, data, previous, hash)
SELECT organization_id, process_id, sequence + 1, kind, at, actor_kind, actor, actor_name, ip, user_agent, data, hash,
       sha256(hash) FROM processes_event WHERE process_id = %s ORDER BY sequence DESC LIMIT 1
"""


def test_what_is_committed_after_the_day_was_closed_goes_into_the_next(acme: Acme, days: Days, second: Any) -> None:
    """Its transaction began before midnight and ended later: the feed cannot say yet what comes before it."""
    one, two = sending.start(acme), sending.start(acme)
    second.execute(COPY, [one.pk])
    write(two)
    days.pass_midnight()
    close_all()
    assert {package for package, _ in leaves(acme)} == {one.public_id, two.public_id}
    early = length(one)
    second.commit()
    days.pass_midnight()
    assert close_all() == 1
    assert heads(acme.organization.pk)[-1][0] == "Tuesday"
    later = leaves(acme)[2:]
    assert (one.public_id, early + 1) in later and (two.public_id, length(two)) in later


def test_a_clock_that_goes_back_loses_nothing(acme: Acme, days: Days) -> None:
    process = sending.start(acme)
    days.go_on(days=1)
    write(process)
    days.go_on(hours=-20)
    write(process)  # on Monday again
    days.pass_midnight(2)
    close_all()
    assert leaves(acme)[-1] == (process.public_id, length(process))


def test_organizations_have_ledgers_of_their_own(acme: Acme, days: Days) -> None:
    other = make_acme("Other", "other.example")
    ours, theirs = sending.start(acme), sending.start(other)
    days.pass_midnight()
    assert close_all() == 2
    assert leaves(acme) == [(ours.public_id, length(ours))]
    assert leaves(other) == [(theirs.public_id, length(theirs))]


def test_two_workers_at_once_make_one_head(acme: Acme, days: Days) -> None:
    for _ in range(5):
        sending.start(acme)
    days.pass_midnight()

    def work(_: int) -> int:
        try:
            return closing.close_days(acme.organization.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert (LedgerHead.objects.count(), LedgerLeaf.objects.count()) == (1, 5)


@pytest.mark.parametrize("step", ["_store", "insert"])
def test_whoever_dies_in_between_leaves_nothing(
    acme: Acme, days: Days, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The rows of a day come and go together: the second of the steps fails, after the first has written."""
    for _ in range(3):
        sending.start(acme)
    days.pass_midnight()
    ordinary, calls = getattr(closing, step), []

    def fails(*arguments: Any) -> None:
        calls.append(arguments)
        if step == "insert" or len(calls) == 2:
            raise psycopg.OperationalError("the connection is gone")
        ordinary(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(closing, step, fails)
        with pytest.raises(psycopg.OperationalError):
            close_all()
    assert [model.objects.count() for model in (LedgerHead, LedgerLeaf, LedgerNode)] == [0, 0, 0]
    assert close_all() == 1
