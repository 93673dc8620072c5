"""A row becomes one process, whoever stops, repeats or breaks off what sends it."""

from collections.abc import Callable

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.accounts.models import Member
from rubrica.bulk import sending
from rubrica.bulk.checking import dry_run, form_of
from rubrica.bulk.models import Batch, BatchRow
from rubrica.bulk.tests.conftest import ASKED, LINES, Begin
from rubrica.processes import starting
from rubrica.processes.errors import Refused
from rubrica.processes.models import Participant, Process
from tests.cast import Acme

State = BatchRow.State


def states(batch: Batch) -> dict[str, int]:
    return {state: count for state, count in batch.counts().items() if count}


def jobs(name: str) -> "list[ProcrastinateJob]":
    return list(ProcrastinateJob.objects.filter(task_name__endswith=name).order_by("pk"))


def started(batch: Batch) -> Batch:
    batch.start(batch.creator, dry_run(batch).left_out, batch.fingerprint)
    return batch


def test_it_works(begin: Begin, acme: Acme) -> None:
    batch = started(begin())
    sending.send_some(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, states(batch)) == ("finished", {"sent": 3})
    made = [row.process for row in batch.rows.select_related("process")]
    assert [process.name for process in made if process] == ["Card of أمينة بن علي", "Card of 王小明", "Card of Zoë 😀"]
    assert made[0] is not None and made[0].message == "Dear أمينة بن علي, send it to us."
    assert (made[0].creator, made[0].events.first().actor) == (acme.owner, acme.owner.email)  # type: ignore[union-attr]
    people = Participant.objects.order_by("pk").values_list("name", "email", "phone", "language")
    assert list(people) == [
        ("أمينة بن علي", "amina@example.com", "", "en"),
        ("王小明", "wang@example.com", "+8613800138000", "pt"),
        ("Zoë 😀", "zoe@example.com", "", "en"),
    ]


def test_invitations_stand_behind_those_of_others(begin: Begin, acme: Acme) -> None:
    sending.send_some(started(begin()).pk)
    assert {job.priority for job in jobs(".invite")} == {-10}
    assert {(job.queue_name, job.priority) for job in jobs("send_rows")} == {("bulk", 0)}


def test_a_job_that_runs_again_sends_nothing_twice(begin: Begin) -> None:
    batch = started(begin())
    sending.send_some(batch.pk)
    Batch.objects.filter(pk=batch.pk).update(state="running")  # as if it had been killed before it said so
    sending.send_some(batch.pk)
    assert Process.objects.count() == 3


def test_a_row_that_was_sent_meanwhile_takes_the_second_process_back(begin: Begin) -> None:
    batch = started(begin())
    row = batch.rows.all()[0]
    form = form_of(batch)
    sending._send(batch, form, [], row)
    sending._send(batch, form, [], row)  # a worker that had read it before
    assert Process.objects.count() == 1 and states(batch) == {"sent": 1, "waiting": 2}


def test_rows_with_faults_are_left_out_and_the_reason_stays(begin: Begin) -> None:
    batch = begin([*LINES, (9, ["Luis", "luis", "", ""]), (10, ["", "x@example.com", "", ""])])
    run = dry_run(batch)
    assert (run.rows, run.good, len(run.left_out)) == (5, 3, 2)
    assert [(fault.line, fault.column) for fault in run.faults] == [(9, "B · E-mail"), (10, "A · Name")]
    sending.send_some(started(batch).pk)
    assert states(batch) == {"sent": 3, "left_out": 2}
    assert "not an e-mail address" in batch.rows.get(number=9).error


def test_the_same_people_twice_are_told_of(begin: Begin) -> None:
    run = dry_run(begin([*LINES, (7, ["Zoe", "ZOE@example.com", "", ""])]))
    assert run.twice == [(7, 5)] and run.good == 4


def test_a_column_that_is_not_there_stops_all_of_it(begin: Begin) -> None:
    run = dry_run(begin(chosen={"columns": {"one.name": 0}}))
    assert run.general == ["E-mail of person 1: choose a column."] and not run.may_be_sent


def test_what_the_draft_lacks_stops_all_of_it(begin: Begin) -> None:
    run = dry_run(begin(content=ASKED.model_copy(update={"subject": ""})))
    assert run.general == ["You ask for files, so write a subject for the e-mail."]


def test_what_is_paused_sends_nothing_until_it_goes_on(begin: Begin) -> None:
    batch = started(begin())
    batch.pause()
    sending.send_some(batch.pk)
    assert not Process.objects.exists()
    batch.go_on(batch.creator)
    sending.send_some(batch.pk)
    assert states(batch) == {"sent": 3}


def test_what_was_stopped_stays_so(begin: Begin) -> None:
    batch = started(begin())
    batch.stop()
    sending.send_some(batch.pk)
    assert not Process.objects.exists() and states(batch) == {"waiting": 3}
    by = batch.creator
    turns: list[Callable[[], None]] = [lambda: batch.go_on(by), batch.pause, lambda: batch.retry(by), batch.stop]
    for turn in turns:
        with pytest.raises(Refused) as refused:
            turn()
        assert refused.value.code == "BATCH_CHANGED"


def test_of_two_that_start_it_one_does(begin: Begin) -> None:
    batch = begin()
    again = Batch.objects.get(pk=batch.pk)
    started(batch)
    with pytest.raises(Refused):
        again.start(again.creator, {}, again.fingerprint)
    assert len(jobs("send_rows")) == 1
    changes: list[Callable[[], None]] = [lambda: again.choose(again.choice), again.remove]
    for change in changes:
        with pytest.raises(Refused) as refused:
            change()
        assert refused.value.code == "BATCH_STARTED"


def test_many_rows_give_way_to_those_of_others(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AT_A_TIME", 2)
    batch = started(begin())
    sending.send_some(batch.pk)
    assert states(batch) == {"sent": 2, "waiting": 1} and len(jobs("send_rows")) == 2
    sending.send_some(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "finished"


def test_a_row_that_ends_unexpectedly_is_given_up_and_the_others_go_out(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = starting.ready_papers

    def breaks(organization: object, sent: object) -> object:
        if "王" in sent.name:  # type: ignore[attr-defined]
            raise RuntimeError("nobody foresaw this")
        return real(organization, sent)  # type: ignore[arg-type]

    monkeypatch.setattr(starting, "ready_papers", breaks)
    batch = started(begin())
    for _attempt in range(3):
        with pytest.raises(RuntimeError):
            sending.send_some(batch.pk)
    sending.send_some(batch.pk)
    assert states(batch) == {"sent": 2, "failed": 1}
    monkeypatch.setattr(starting, "ready_papers", real)
    batch.refresh_from_db()
    batch.retry(batch.creator)
    sending.send_some(batch.pk)
    assert states(batch) == {"sent": 3} and Process.objects.count() == 3


def test_what_is_refused_is_the_failure_of_its_row(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(organization: object, sent: object) -> object:
        raise Refused("SOMETHING", "It is too much: %(count)d.", count=7)

    monkeypatch.setattr(starting, "ready_papers", refuses)
    batch = started(begin())
    sending.send_some(batch.pk)
    assert states(batch) == {"failed": 3} and batch.rows.all()[0].error == "It is too much: 7."


def test_what_is_in_the_way_of_all_rows_pauses_it(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(organization: object, sent: object) -> object:
        raise Refused("SIGNING_KEY_UNUSABLE", "The key does not answer.")

    monkeypatch.setattr(starting, "ready_papers", refuses)
    batch = started(begin())
    sending.send_some(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.trouble, states(batch)) == ("paused", "The key does not answer.", {"waiting": 3})


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}])
def test_who_may_send_no_more_sends_no_more(begin: Begin, acme: Acme, change: dict[str, object]) -> None:
    batch = started(begin())
    type(acme.owner).objects.filter(pk=acme.owner.pk).update(**change)
    sending.send_some(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "paused" and not Process.objects.exists()


def test_what_its_sender_left_behind_somebody_else_sends(begin: Begin, acme: Acme) -> None:
    batch = started(begin())
    type(acme.owner).objects.filter(pk=acme.owner.pk).update(is_active=False)
    sending.send_some(batch.pk)
    ed = Member.objects.create_user(acme.organization, "ed@acme.example", role="editor", language="en")
    Batch.objects.get(pk=batch.pk).go_on(ed)
    sending.send_some(batch.pk)
    assert states(batch) == {"sent": 3}
    assert {(one.creator, one.events.first().actor) for one in Process.objects.all()} == {(ed, ed.email)}  # type: ignore[union-attr]
