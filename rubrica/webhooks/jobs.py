"""The effects of webhooks. A job sends the oldest open message about its subject, so it may run twice or too often."""

from datetime import timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from rubrica import clock

WEBHOOKS, CARE = "webhooks", "care"
PAUSED = -1  # the priority of a job that keeps a pause
TROUBLE_PAUSE = 30  # seconds
LONGEST_TROUBLE = 24 * 120  # tries: a day of them


class Later(Exception):
    """Nothing is wrong with the job: there is a pause to keep, in seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.1f} s")
        self.seconds = seconds


class Pauses(BaseRetryStrategy):
    """Keeps the pause that is asked for. Trouble of our own is tried again after half a minute, for a day."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, Later) and job.attempts >= LONGEST_TROUBLE:
            return None
        seconds = exception.seconds if isinstance(exception, Later) else TROUBLE_PAUSE
        # Behind whatever is new: the order of messages does not hang on that of jobs, as each takes the oldest message.
        decision: RetryDecision = RetryDecision(retry_at=clock.now() + timedelta(seconds=seconds), priority=PAUSED)
        return decision


@app.task(queue=WEBHOOKS, retry=Pauses())
async def deliver(webhook_id: int, subject: str) -> None:
    from rubrica.webhooks import sending

    await sending.send_oldest(webhook_id, subject)


def enqueue(webhook_id: int, subject: str) -> None:
    """Of the jobs of one webhook and subject only one runs at a time, so the oldest message is always the next."""
    deliver.configure(lock=lock(webhook_id, subject)).defer(webhook_id=webhook_id, subject=subject)


def lock(webhook_id: int, subject: str) -> str:
    return f"webhook:{webhook_id}:{subject}"


@app.periodic(cron="*/5 * * * *")
@app.task(queue=CARE, queueing_lock="find_lost_deliveries")
def find_lost_deliveries(timestamp: int) -> None:
    from rubrica.webhooks import upkeep

    upkeep.find_lost()


@app.periodic(cron="37 * * * *")
@app.task(queue=CARE, queueing_lock="forget_deliveries")
def forget_deliveries(timestamp: int) -> None:
    from rubrica.webhooks import upkeep

    upkeep.forget_old()
