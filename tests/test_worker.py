"""The worker's crews: what waits in one queue takes no hand from another."""

import asyncio
import threading

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.types import JSONValue

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


async def _works_until(invited: threading.Event, done: threading.Event) -> bool:
    here = app.with_connector(DjangoConnector().get_worker_connector())
    async with here.open_async():
        crews = worker.begin(here)
        came = await asyncio.to_thread(invited.wait, 60)
        for crew in crews:
            crew.cancel()
        done.set()
        await asyncio.gather(*crews, return_exceptions=True)
    return came
