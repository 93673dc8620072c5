"""The effects: what the clock deletes, what was erased on purpose, and what is put together for a person."""

from procrastinate import JobContext
from procrastinate.contrib.django import app

from rubrica.processes.jobs import CARE, LEVELS, SEAL_TRIES

EXPORTS = ERASURES = LEVELS  # hands of their own would be idle nearly always


@app.periodic(cron="47 * * * *")
@app.task(queue=CARE, queueing_lock="keep_retention", lock="retention")
def keep_retention(timestamp: int) -> None:
    from rubrica.retention import asked, exporting, proofs, sweeping

    sweeping.sweep()
    exporting.forget_old()
    asked.forget_old()
    proofs.enqueue_unsigned()


@app.periodic(cron="23 3 * * 0")
@app.task(queue=CARE, queueing_lock="rewind_retention", lock="retention")
def rewind_retention(timestamp: int) -> None:
    from rubrica.retention import sweeping

    sweeping.rewind()


# Soon after an erasure nothing is left of the bytes, except where a backup is being written: then the next turn is it.
@app.periodic(cron="*/5 * * * *")
@app.task(queue=CARE, queueing_lock="wipe_erased")
def wipe_erased(timestamp: int) -> None:
    from rubrica.retention import blobs, lost

    lost.give_up()
    blobs.wipe()


@app.task(queue=LEVELS, retry=SEAL_TRIES)  # the key may lie with a service that is slow
def sign_erasure(erasure_id: int) -> None:
    from rubrica.retention import proofs

    proofs.sign(erasure_id)


@app.task(queue=EXPORTS, retry=SEAL_TRIES, pass_context=True)
def export_person(context: JobContext, export_id: int) -> None:
    from rubrica.retention import exporting

    try:
        exporting.make(export_id)
    except Exception:
        if context.job.attempts + 1 >= SEAL_TRIES.tries:
            exporting.fail(export_id)
        raise


@app.task(queue=ERASURES, retry=SEAL_TRIES, pass_context=True)
def erase_person(context: JobContext, organization_id: int, asked_id: int, step: int) -> None:
    """Some processes, and then the next ones in another job, so that nobody waits behind a thousand of them."""
    from rubrica.retention import asked

    try:
        asked.do(asked_id, step)
    except Exception:
        if context.job.attempts + 1 >= SEAL_TRIES.tries:
            asked.fail(asked_id, step)
        raise


def enqueue_step(organization_id: int, asked_id: int, step: int) -> None:
    """One erasure of an organization at a time, so that one which waits for another takes no hand."""
    lock = f"erasure:{organization_id}"
    erase_person.configure(lock=lock).defer(organization_id=organization_id, asked_id=asked_id, step=step)
