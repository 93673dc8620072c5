"""The care of kept answers, by the clock."""

from procrastinate.contrib.django import app


@app.periodic(cron="47 * * * *")
@app.task(queue="care", queueing_lock="forget_keyed_calls")
def forget_keyed_calls(timestamp: int) -> None:
    from rubrica.idempotency.models import BATCH, forget_old

    while forget_old() == BATCH:
        pass
