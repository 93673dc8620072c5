"""The worker's crews: what waits in one queue takes no hand from another."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.types import JSONValue
from psycopg.errors import DeadlockDetected, LockNotAvailable

from rubrica import worker
from rubrica.processes import finale, jobs, notices


def test_a_thousand_seals_do_not_keep_an_invitation_waiting(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited, done, begun = threading.Event(), threading.Event(), list[int]()

    def seal(document_id: int) -> None:
        begun.append(document_id)
        done.wait()

    def invite(participant_id: int) -> None:
        while len(begun) < worker.SEALS:  # every hand that seals is busy before the invitation is done
            done.wait(0.01)
        invited.set()

    monkeypatch.setattr(finale, "seal_document", seal)
    monkeypatch.setattr(notices, "invite", invite)
    seals: list[dict[str, JSONValue]] = [{"document_id": number} for number in range(1000)]
    jobs.seal.batch_defer(*seals)
    jobs.invite.defer(participant_id=1)
    try:
        assert asyncio.run(_works_until(invited, done))
    finally:
        done.set()
    assert worker.SEALS <= len(begun) < 1000


async def _works_until(invited: threading.Event, done: threading.Event, queues: Sequence[str] = ()) -> bool:
    here = app.with_connector(DjangoConnector().get_worker_connector())
    async with here.open_async():
        crews = worker.begin(here, queues)
        came = await asyncio.to_thread(invited.wait, 60)
        for crew in crews:
            crew.cancel()
        done.set()
        await asyncio.gather(*crews, return_exceptions=True)
    return came


def test_a_job_whose_transaction_was_undone_runs_again_at_once() -> None:
    tries = list[int]()

    async def run() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("wrapped") from DeadlockDetected()
        return "done"

    assert asyncio.run(worker._retried(run)) == "done"
    assert len(tries) == 2


def test_a_job_that_fails_otherwise_waits_in_the_queue() -> None:
    tries = list[int]()

    async def run() -> None:
        tries.append(1)
        raise LockNotAvailable

    with pytest.raises(LockNotAvailable):
        asyncio.run(worker._retried(run))
    assert len(tries) == 1


def test_a_job_of_another_version_waits_for_a_worker_that_knows_it(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, done = threading.Event(), threading.Event()
    monkeypatch.setattr(notices, "invite", lambda participant_id: known.set())
    for name in ("of_the_next_version", "rubrica.processes.jobs.invite"):  # they are done in this order
        app.configure_task(name, queue=jobs.MAIL, allow_unknown=True).defer(participant_id=1)
    assert asyncio.run(_works_until(known, done))
    waiting = ProcrastinateJob.objects.get(task_name="of_the_next_version")
    assert (waiting.status, waiting.args) == ("todo", {"participant_id": 1})
    assert waiting.scheduled_at is not None


def test_a_worker_for_some_queues_leaves_the_others_alone(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "invite", lambda participant_id: None)
    sealed, done = threading.Event(), threading.Event()
    monkeypatch.setattr(finale, "seal_document", lambda document_id: sealed.set())
    jobs.invite.defer(participant_id=1)
    jobs.seal.defer(document_id=1)
    assert asyncio.run(_works_until(sealed, done, [jobs.SEALING]))
    assert ProcrastinateJob.objects.get(task_name="rubrica.processes.jobs.invite").status == "todo"


def test_a_queue_that_is_not_there_is_named() -> None:
    with pytest.raises(SystemExit, match=r"no queue mails, seals\. Choose of bulk, care, .*mail, .*sealing"):
        worker.run(["seals", "mail", "mails"])
