"""Effects are jobs in the transaction of the change: with it they are there, without it they are not."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from procrastinate.jobs import Job

from rubrica import clock
from rubrica.notify.delivery import DeliveryFailed
from rubrica.processes import jobs
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Document, Process
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract import calls
from tests.sending import REVIEWER, deliver, person, slot, somebody


class Undone(Exception):
    pass


def test_a_rollback_leaves_no_job_and_no_row(transactional_db: None) -> None:
    acme = make_acme()
    with pytest.raises(Undone), transaction.atomic():
        sending.start(acme, person("Ana", "ID card"))
        assert len(calls.jobs("invite")) == 1
        raise Undone
    assert calls.jobs() == []
    assert not Process.objects.exists()


def test_a_refused_change_leaves_no_job(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    process = sending.start(acme, person("Ana", "ID card"))
    deliver(acme, slot(process, "ID card"))
    before = calls.stored()

    def broken(self: Process) -> None:
        raise Undone

    monkeypatch.setattr(Process, "advance", broken)
    with pytest.raises(Undone):
        slot(process, "ID card").reject("Blurred.", REVIEWER)
    assert calls.stored() == before
    assert slot(process, "ID card").status == "uploaded"


def test_each_change_has_its_jobs(acme: Acme) -> None:
    process = sending.start_signing(acme, person("Ana", "ID card"), person("Benito", order=2))
    assert calls.jobs("invite") == [{"participant_id": somebody(process, "Ana").pk}]
    first = deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").reject("Blurred.", REVIEWER)
    assert calls.jobs("announce_file_rejection") == [{"submission_id": first.pk}]
    deliver(acme, slot(process, "ID card"))
    slot(process, "ID card").approve(REVIEWER)
    for name in ("Ana", "Benito"):
        signer = somebody(process, name)
        signer.sign(kind="type", text=name, image=None, by=signer.actor())
    assert calls.jobs("invite")[1:] == [{"participant_id": somebody(process, "Benito").pk}]
    assert calls.jobs("seal") == [{"document_id": process.documents.get().pk}]
    sending.finish_sealing(process)
    assert calls.jobs("announce_finish") == [
        *({"process_id": process.pk, "participant_id": pk} for pk in process.participants.values_list("pk", flat=True)),
        {"process_id": process.pk, "participant_id": None},
    ]


def test_resending_is_a_reminder(acme: Acme) -> None:
    process = sending.start(acme, person("Ana", "ID card"), person("Benito", "Payslip", order=2))
    somebody(process, "Ana").resend(REVIEWER)
    (reminder,) = calls.jobs("remind")
    assert reminder["participant_id"] == somebody(process, "Ana").pk
    with pytest.raises(Exception, match="Others come first"):
        somebody(process, "Benito").resend(REVIEWER)
    assert len(calls.jobs("remind")) == 1


def test_sealing_again_only_while_it_is_sealing(acme: Acme) -> None:
    document = sending.start_signing(acme).documents.get()
    with pytest.raises(Exception, match="not waiting for its seal"):
        document.seal_again(RUBRICA)
    Document.objects.update(state="sealing", seal_error="No space left.")
    document.seal_again(RUBRICA)
    assert Document.objects.get().seal_error == ""
    assert calls.jobs("seal") == [{"document_id": document.pk}]


def retried(strategy: jobs.Patience, attempts: int, error: Exception | None = None) -> Any:
    job = Job(id=1, queue="x", lock=None, queueing_lock=None, task_name="x", attempts=attempts)
    return strategy.get_retry_decision(exception=error or OSError(), job=job)


def test_patience_grows_and_ends() -> None:
    strategy = jobs.Patience(2, 10, tries=4)
    assert [retried(strategy, n) is not None for n in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize(("asked", "waited"), [(0, 10), (7, 10), (90, 90)])
def test_a_provider_that_names_its_time_is_not_asked_before(asked: int, waited: int) -> None:
    error = DeliveryFailed("429 Too many requests", retry_after=asked)
    earliest = clock.now() + timedelta(seconds=waited)
    decision = retried(jobs.Patience(2, 10, tries=4), 1, error)
    assert earliest <= decision.retry_at <= clock.now() + timedelta(seconds=waited)


def test_no_time_that_a_provider_names_gives_more_tries() -> None:
    assert retried(jobs.Patience(2, 10, tries=4), 3, DeliveryFailed("429", retry_after=90)) is None
