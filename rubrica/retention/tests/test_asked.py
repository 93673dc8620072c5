"""An erasure that jobs do comes to its end once, whoever is killed meanwhile, and what cannot come to it is said."""

import asyncio
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from rubrica.connecting import queue
from rubrica.processes.jobs import DEADLY, SEAL_TRIES, return_stalled_jobs
from rubrica.processes.models import Erasure, Hold, Participant, PersonExport, Process
from rubrica.processes.models.event import first_broken
from rubrica.retention import asked, erasing, exporting, jobs, lost, proofs, statements
from rubrica.retention.models import AskedErasure
from rubrica.retention.tests.people import EMAIL, delivered
from rubrica.retention.tests.test_erasing import OWNER, TRACES, fresh, in_clear, traces
from rubrica.retention.tests.test_sweeping import wait_for_a_lock
from tests import sending
from tests.cast import Acme, signed_in
from tests.sending import person
from tests.tampering import as_superuser

State = AskedErasure.State
AGAIN = "Try again<span"  # the button, and no sentence of the search


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "BATCH", 1)


def steps() -> list[dict[str, Any]]:
    """That wait for a worker."""
    mine = ProcrastinateJob.objects.filter(task_name=jobs.erase_person.name, status="todo").order_by("pk")
    return [job.args for job in mine]


def cancelled(acme: Acme) -> Process:
    process = sending.start(acme, person("Ana Pérez", "ID card"))
    process.cancel("Not now.", OWNER)
    return process


def begun(acme: Acme, **options: Any) -> AskedErasure:
    return asked.begin(acme.organization, EMAIL, OWNER, reason="Asked for by letter", **options)


def test_it_works(acme: Acme) -> None:
    """Process by process, with one statement in the end, as if it had been done at once."""
    mine = [delivered(acme), cancelled(acme), cancelled(acme)]
    planned = erasing.plan(acme.organization, EMAIL).as_json()
    row = begun(acme)
    for step in range(3):
        assert steps()[-1] == {"organization_id": acme.organization.pk, "asked_id": row.pk, "step": step}
        asked.do(row.pk, step)
        row.refresh_from_db()
        assert (row.done, row.total) == (step + 1, 3)
        assert all(first_broken(fresh(process)) is None for process in mine)
    assert (row.state, row.identifier, len(steps())) == (State.DONE, "", 3)
    assert traces(*TRACES) == []
    erasure = Erasure.objects.get(public_id=row.public_id)
    told = erasure.told
    assert told["counts"] == planned["counts"]
    assert [one["package"] for one in told["processes"]] == [process.public_id for process in mine]
    assert [one["what"] for one in told["stays"]] == [one["what"] for one in planned["stays"]]
    assert (told["reason"], told["by"]["id"], told["person"]) == (
        "Asked for by letter", OWNER.reference, sorted(map(statements.keyed, [EMAIL, "+573000000000"])),
    )  # fmt: skip


def work() -> None:
    """A real worker, until nothing is due."""

    async def run() -> None:
        async with app.with_connector(queue.connector()).open_async() as mine:
            await mine.run_worker_async(
                queues=[jobs.ERASURES], wait=False, concurrency=2, delete_jobs="successful", listen_notify=False,
                install_signal_handlers=False,
            )  # fmt: skip

    asyncio.run(run())


def test_a_worker_comes_to_the_end_of_it(transactional_db: None, acme: Acme) -> None:
    for _ in range(3):
        cancelled(acme)
    row = begun(acme)
    for _ in range(20):
        work()
        if not ProcrastinateJob.objects.filter(queue_name=jobs.ERASURES).exists():
            break
    row.refresh_from_db()
    assert (row.state, row.done) == (State.DONE, 3)
    erasure = Erasure.objects.get()
    assert erasure.cms is not None and len(erasure.told["processes"]) == 3
    assert traces(EMAIL) == []


def test_a_step_is_done_once_however_often_its_job_runs(acme: Acme) -> None:
    for _ in range(3):
        cancelled(acme)
    row = begun(acme)
    for _ in range(3):
        asked.do(row.pk, 0)
    assert [job["step"] for job in steps()] == [0, 1]
    row.refresh_from_db()
    assert (row.done, Participant.objects.filter(email=EMAIL).count()) == (1, 2)


def test_who_is_killed_in_a_step_leaves_it_undone(transactional_db: None, acme: Acme) -> None:
    first, second = cancelled(acme), cancelled(acme)
    row = begun(acme)
    asked.do(row.pk, 0)
    ended: list[type[BaseException]] = []

    def do() -> None:
        try:
            asked.do(row.pk, 1)
        except DatabaseError as error:
            ended.append(type(error))
        finally:
            connection.close()

    worker = threading.Thread(target=do)
    with transaction.atomic():
        Process.objects.select_for_update().get(pk=second.pk)
        worker.start()
        wait_for_a_lock()
        with as_superuser() as cursor:  # as if its machine lost its power
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
    worker.join(60)
    row.refresh_from_db()
    assert (len(ended), row.state, row.step, row.done) == (1, State.ERASING, 1, 1)
    asked.do(row.pk, 1)
    row.refresh_from_db()
    assert (row.state, row.done) == (State.DONE, 2)
    packages = [one["package"] for one in Erasure.objects.get().told["processes"]]
    assert packages == [first.public_id, second.public_id]


def test_events_in_clear_are_vouched_for_at_every_step(acme: Acme) -> None:
    mine = [cancelled(acme), cancelled(acme)]
    for process in mine:
        in_clear(process)
    row = begun(acme)
    for step in range(2):
        asked.do(row.pk, step)
        assert all(first_broken(fresh(process)) is None for process in mine)


def test_the_whole_statement_is_signed_and_no_part_of_it(transactional_db: None, acme: Acme) -> None:
    cancelled(acme), cancelled(acme)
    row = begun(acme)
    asked.do(row.pk, 0)
    proofs.sign(Erasure.objects.get().pk)
    part = bytes(Erasure.objects.get().cms or b"")
    asked.do(row.pk, 1)
    assert Erasure.objects.get().cms is None, "the signature was of another text"
    assert ProcrastinateJob.objects.filter(task_name=jobs.sign_erasure.name).count() == 1
    proofs.sign(Erasure.objects.get().pk)
    assert bytes(Erasure.objects.get().cms or b"") not in (b"", part)


def test_asking_for_it_costs_the_same_however_much_there_is(acme: Acme) -> None:
    asked_of = []
    for _ in range(2):
        cancelled(acme)
        with CaptureQueriesContext(connection) as captured:
            row = begun(acme)
        asked_of.append(len(captured))
        row.delete()
        delivered(acme)
    assert asked_of[0] == asked_of[1]


def test_what_is_held_meanwhile_stays_and_the_statement_says_so(acme: Acme) -> None:
    cancelled(acme)
    held = cancelled(acme)
    row = begun(acme)
    asked.do(row.pk, 0)
    Hold.place(acme.organization, held, "A claim", OWNER)
    asked.do(row.pk, 1)
    row.refresh_from_db()
    assert (row.state, row.done, row.total) == (State.DONE, 1, 2)
    assert {"what": "held", "package": held.public_id, "why": statements.REASONS["held"]} in Erasure.objects.get().told[
        "stays"
    ]


def test_nobody_is_erased_twice_at_a_time(acme: Acme, other: Acme) -> None:
    cancelled(acme)
    begun(acme)
    with pytest.raises(asked.GoesOn):
        asked.begin(acme.organization, EMAIL.upper(), OWNER)
    with pytest.raises(erasing.NobodyFound):
        asked.begin(other.organization, EMAIL, OWNER)


def test_what_failed_is_said_and_goes_on_where_it_stopped(acme: Acme, other: Acme) -> None:
    cancelled(acme), cancelled(acme)
    row = begun(acme)
    asked.do(row.pk, 0)
    asked.fail(row.pk, 0)
    row.refresh_from_db()
    assert row.state == State.ERASING, "that step was done, and another is under way"
    asked.fail(row.pk, 1)
    asked.do(row.pk, 1)
    owner, page = signed_in(acme.owner), "/console/people"
    shown = owner.get(page).content.decode()
    assert "Stopped" in shown and EMAIL in shown and AGAIN in shown
    again = f"{page}/erasures/{row.public_id}/on"
    assert signed_in(acme.reviewer).post(again).status_code == 403
    signed_in(other.owner).post(again)
    assert steps()[-1]["step"] == 1
    owner.post(again)
    owner.post(again)
    assert [job["step"] for job in steps()] == [0, 1, 2]
    assert "Being erased" in owner.get(page).content.decode()
    asked.do(row.pk, 2)
    assert traces(EMAIL) == []
    assert EMAIL not in owner.get(page).content.decode()


def test_the_address_of_one_that_failed_goes_with_the_person_or_after_a_week(acme: Acme) -> None:
    cancelled(acme)
    for _ in range(2):
        row = begun(acme)
        asked.fail(row.pk, 0)
    AskedErasure.objects.filter(pk=row.pk).update(ended_at="2020-01-01T00:00:00Z")
    assert asked.forget_old() == 1
    assert traces(EMAIL)
    erasing.erase(acme.organization, EMAIL, OWNER)
    assert traces(EMAIL) == []


# Jobs that were lost


def made(acme: Acme, what: str) -> Any:
    if what == "export":
        return exporting.begin(acme.organization, EMAIL, acme.owner, "en")
    return begun(acme)


def under_a_dead_worker(attempts: int) -> None:
    """A real worker takes the job, and shows no sign of life from then on."""

    async def take() -> None:
        async with app.with_connector(queue.connector()).open_async() as mine:
            worker = await mine.job_manager.register_worker()
            job = await mine.job_manager.fetch_job([jobs.ERASURES], worker)
            assert job is not None
            await mine.connector.execute_query_async(
                "UPDATE procrastinate_jobs SET attempts = %(attempts)s WHERE id = %(id)s", attempts=attempts, id=job.id
            )
            await mine.connector.execute_query_async(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %(id)s",
                id=worker,
            )

    asyncio.run(take())


def look_after_the_dead() -> None:
    class Context:
        def __init__(self, app: Any) -> None:
            self.app = app

    async def look() -> None:
        async with app.with_connector(queue.connector()).open_async() as mine:
            context: Any = Context(mine)
            await return_stalled_jobs.func(context, 0)

    asyncio.run(look())


@pytest.mark.parametrize("what", ["export", "erasure"])
def test_what_was_killed_too_often_is_said_to_have_failed(transactional_db: None, acme: Acme, what: str) -> None:
    cancelled(acme)
    row = made(acme, what)
    state, page, owner = row.state, "/console/people", signed_in(acme.owner)
    assert AGAIN not in owner.get(page).content.decode(), "it waits for a worker"
    under_a_dead_worker(attempts=SEAL_TRIES.tries)
    assert lost.give_up() == 0, "it is given back to another"
    look_after_the_dead()
    assert lost.give_up() == 0, "it waits for another"
    under_a_dead_worker(attempts=DEADLY)
    look_after_the_dead()
    assert ProcrastinateJob.objects.get(queue_name=jobs.ERASURES).status == "failed"
    row.refresh_from_db()
    assert row.state == state
    assert AGAIN in owner.get(page).content.decode(), "whoever looks sees it at once"
    row.refresh_from_db()
    assert row.state == "failed"


def test_what_failed_without_a_word_is_found_by_the_clock(acme: Acme, other: Acme) -> None:
    """As where the database was away when its last try failed."""
    for one in (acme, other):
        cancelled(one)
        exporting.begin(one.organization, EMAIL, one.owner, "en")
        asked.begin(one.organization, EMAIL, OWNER)
    mine = [jobs.export_person.name, jobs.erase_person.name]
    with connection.cursor() as cursor:
        for task in mine:
            cursor.execute("SELECT min(id) FROM procrastinate_jobs WHERE task_name = %s", [task])
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", cursor.fetchone())
    assert lost.give_up(other.organization) == 0
    jobs.wipe_erased.func(0)
    assert list(PersonExport.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "making"]
    assert list(AskedErasure.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "erasing"]
