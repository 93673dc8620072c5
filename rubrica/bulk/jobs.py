"""Rows are sent by a crew of their own, so that ten thousand of them keep nothing else waiting."""

from procrastinate.contrib.django import app

from rubrica.processes.jobs import Patience

BULK = "bulk"


# What nobody foresaw ends the job, and the next try counts the row's tries; see ``BatchRow.is_worth_a_try``.
@app.task(queue=BULK, retry=Patience(2, 10, 60, tries=1000))
def send_rows(batch_id: int) -> None:
    from rubrica.bulk import sending

    sending.send_some(batch_id)


def enqueue(batch_id: int) -> None:
    """One batch is worked on by one job at a time, whoever asks how often."""
    send_rows.configure(lock=f"batch:{batch_id}").defer(batch_id=batch_id)
