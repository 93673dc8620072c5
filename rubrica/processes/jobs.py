"""The effects: each body is one call. A job may run twice, so what it calls looks at its row first.

Jobs are enqueued on the connection of the change that needs them: a rollback leaves none.
"""

from collections.abc import Iterable
from typing import Any

from asgiref.sync import sync_to_async
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job, Status

MAIL, SEALING, LEVELS, LEDGER, CARE = "mail", "sealing", "levels", "ledger", "care"


class Patience(BaseRetryStrategy):
    """Waits the given seconds, try by try, and then the last of them again until ``tries`` are used up."""

    def __init__(self, *waits: int, tries: int) -> None:
        self.waits, self.tries = waits, tries

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts + 1 >= self.tries:
            return None
        wait = self.waits[min(job.attempts, len(self.waits) - 1)]
        # A provider that names the time it wants is not asked before.
        return RetryDecision(retry_in={"seconds": max(wait, getattr(exception, "retry_after", 0) or 0)})


# A mail server that is away comes back within two days, or somebody has to look.
PATIENT = Patience(5, 30, 120, 600, 3600, tries=52)
HASTY = Patience(2, 5, 15, 60, tries=12)
SEAL_TRIES = Patience(2, 10, 60, 300, tries=6)
DEADLY = 10  # times that a job's worker may end under it

# Mail that waits for a server that is away must not stand before seals, nor anything before the care of the queue.
# Invitations of a bulk sending stand behind all the others.
AT_ONCE, SOON, LATER = 20, 10, -10


@app.task(queue=MAIL, retry=PATIENT)
def invite(participant_id: int) -> None:
    from rubrica.processes import notices

    notices.invite(participant_id)


@app.task(queue=MAIL, retry=PATIENT)
def remind(participant_id: int, key: str) -> None:
    from rubrica.processes import notices

    notices.remind(participant_id, key)


@app.task(queue=MAIL, retry=PATIENT)
def renew_link(participant_id: int, event_id: int) -> None:
    from rubrica.processes import notices

    notices.new_link(participant_id, event_id)


@app.task(queue=MAIL, retry=PATIENT)
def invite_elsewhere(participant_id: int, event_id: int) -> None:
    """To the address that took the place of another."""
    from rubrica.processes import notices

    notices.invite_elsewhere(participant_id, event_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_file_rejection(submission_id: int) -> None:
    from rubrica.processes import notices

    notices.file_rejection(submission_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_finish(process_id: int, participant_id: int | None = None) -> None:
    """To one participant, or to the creator: a mailbox that makes trouble keeps nobody else waiting."""
    from rubrica.processes import notices

    notices.finish(process_id, participant_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_rejection(process_id: int) -> None:
    from rubrica.processes import notices

    notices.process_rejection(process_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_cancellation(participant_id: int) -> None:
    from rubrica.processes import notices

    notices.cancellation(participant_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_expiry(process_id: int, participant_id: int | None = None) -> None:
    """To one participant, or to the creator."""
    from rubrica.processes import notices

    notices.expiry(process_id, participant_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_again(participant_id: int, event_id: int) -> None:
    """The process goes on after it was reactivated."""
    from rubrica.processes import notices

    notices.reactivation(participant_id, event_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_wish(participant_id: int, event_id: int) -> None:
    """To the creator: somebody asks for what has expired to be opened again."""
    from rubrica.processes import notices

    notices.wish_to_reopen(participant_id, event_id)


# A code is good for ten minutes; what is later than that is not sent at all.
@app.task(queue=MAIL, retry=HASTY, priority=AT_ONCE)
def send_code(check_id: int, number: int) -> None:
    from rubrica.processes import notices

    notices.code(check_id, number)


@app.task(queue=MAIL, retry=PATIENT)
def announce_block(participant_id: int, event_id: int) -> None:
    """Somebody cannot go on until a member decides."""
    from rubrica.processes import notices

    notices.block(participant_id, event_id)


@app.task(queue=MAIL, retry=PATIENT)
def announce_decision(participant_id: int, event_id: int) -> None:
    """To the participant about whom a member has decided."""
    from rubrica.processes import notices

    notices.decision(participant_id, event_id)


@app.task(queue=MAIL, retry=PATIENT)
def tell_reader(participant_id: int, event_id: int) -> None:
    from rubrica.processes import notices

    notices.update(participant_id, event_id)


@app.task(queue=MAIL, retry=PATIENT)
def remind_again(participant_id: int) -> None:
    from rubrica.processes.models import Participant

    for participant in Participant.objects.select_related("process").filter(pk=participant_id):
        participant.remind_again()


@app.task(queue=MAIL, retry=PATIENT)
def expire(process_id: int) -> None:
    from rubrica.processes.models import Process

    Process.objects.get(pk=process_id).expire()


@app.periodic(cron="* * * * * */10")
@app.task(queue=CARE, priority=AT_ONCE, queueing_lock="do_what_is_due")
def do_what_is_due(timestamp: int) -> None:
    from rubrica.processes.models.due import enqueue_due

    enqueue_due()


@app.task(queue=SEALING, retry=SEAL_TRIES, priority=SOON)
def seal(document_id: int) -> None:
    from rubrica.processes import finale

    finale.seal_document(document_id)


# Few tries, as the next signature and in the end the seal make good what is missing, and wait for this one.
@app.task(queue=SEALING, retry=Patience(2, 10, 60, tries=4), priority=SOON)
def sign_in(document_id: int) -> None:
    from rubrica.processes import finale

    finale.sign_in(document_id)


def enqueue_sign_in(document_ids: Iterable[int]) -> None:
    """By the lock of the seal, so that the two never write at the same time."""
    for document_id in document_ids:
        sign_in.configure(lock=f"document:{document_id}").defer(document_id=document_id)


@app.task(queue=SEALING, retry=SEAL_TRIES, priority=SOON)
def make_evidence(evidence_id: int) -> None:
    from rubrica.processes import evidence

    evidence.make(evidence_id)


def enqueue_evidence(evidence_id: int) -> None:
    """As ``enqueue_seal``, for a process without documents."""
    make_evidence.configure(lock=f"evidence:{evidence_id}").defer(evidence_id=evidence_id)


def enqueue_seal(document_id: int) -> None:
    """One document is sealed by one job at a time, whoever asks how often."""
    seal.configure(lock=f"document:{document_id}").defer(document_id=document_id)


# Servers of others are asked here, some of them slow ones, and no seal may wait behind that.
@app.task(queue=LEVELS)
def raise_level(document_id: int) -> None:
    from rubrica.processes import levels

    levels.raise_level(document_id)


def enqueue_raise(document_id: int) -> None:
    """One document is raised by one job at a time; what goes wrong is planned anew and needs no more tries here."""
    raise_level.configure(lock=f"document:{document_id}").defer(document_id=document_id)


@app.task(queue=LEVELS)
def raise_evidence(evidence_id: int) -> None:
    from rubrica.processes import levels

    levels.raise_evidence(evidence_id)


def enqueue_raise_evidence(evidence_id: int) -> None:
    """As ``enqueue_raise``."""
    raise_evidence.configure(lock=f"evidence:{evidence_id}").defer(evidence_id=evidence_id)


@app.periodic(cron="* * * * * */10")  # the sixth field is seconds
@app.task(queue=CARE, priority=AT_ONCE, queueing_lock="return_stalled_jobs", pass_context=True)
async def return_stalled_jobs(context: Any, timestamp: int) -> None:
    """A worker that was killed leaves its jobs marked as running; after 20 s without a sign of life they go back."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=20):
        if job.queue == CARE:
            # These come again by the clock; putting one back beside its successor would break the queueing lock.
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        elif job.attempts >= DEADLY:
            # It takes its worker down each time: to try for ever would take everybody else's jobs with it.
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
            await sync_to_async(_give_up)(job)
        else:
            await manager.retry_job(job)


def _give_up(job: Job) -> None:
    """Says on the document that its seal does not work, so that somebody looks and can start it again."""
    from rubrica.processes import evidence, finale, levels

    # ``make_evidence`` and ``raise_evidence`` are told apart by their queues.
    document_id, evidence_id = job.task_kwargs.get("document_id"), job.task_kwargs.get("evidence_id")
    if job.queue == LEVELS and (isinstance(document_id, int) or isinstance(evidence_id, int)):
        levels.give_up(document_id, evidence_id)
    elif isinstance(document_id, int):
        finale.record_failure(document_id, "The worker ended each time it tried.")
    elif isinstance(evidence_id, int):
        evidence.record_failure(evidence_id, "The worker ended each time it tried.")


@app.periodic(cron="17 * * * *")
@app.task(queue=CARE, queueing_lock="purge_blobs")
def purge_blobs(timestamp: int) -> None:
    from rubrica.processes import upkeep

    upkeep.purge_blobs()
    upkeep.forget_tickets()


@app.periodic(cron="27 * * * *")
@app.task(queue=CARE, queueing_lock="sweep_incoming")
def sweep_incoming(timestamp: int) -> None:
    from rubrica.files import partial
    from rubrica.processes import upkeep

    upkeep.sweep_incoming()
    partial.forget_old()


# Every hour, as the clock's jobs are dropped when nobody works: a day is over once, and asking again costs one look.
@app.periodic(cron="10 * * * *")
@app.task(queue=CARE, queueing_lock="close_ledgers")
def close_ledgers(timestamp: int) -> None:
    from rubrica.processes.ledger import closing, heads

    for organization_id in closing.organizations_behind():
        close_ledger.configure(lock=f"ledger:{organization_id}").defer(organization_id=organization_id)
    for head_id in heads.unsigned():
        sign_ledger_head.defer(head_id=head_id)


@app.task(queue=LEDGER, retry=SEAL_TRIES)
def close_ledger(organization_id: int) -> None:
    from rubrica.processes.ledger import closing

    closing.close_days(organization_id)


@app.task(queue=LEVELS, retry=SEAL_TRIES)  # the key may lie with a service that is slow
def sign_ledger_head(head_id: int) -> None:
    from rubrica.processes.ledger import heads

    heads.sign(head_id)


@app.task(queue=LEVELS, retry=PATIENT)
def stamp_ledger_head(head_id: int) -> None:
    from rubrica.processes.ledger import heads

    heads.stamp(head_id)
