"""Care of what is counted."""

from procrastinate.contrib.django import app


@app.periodic(cron="*/10 * * * *")
@app.task(queue="care", queueing_lock="forget_rates")
def forget_rates(timestamp: int) -> None:
    from rubrica.limits import quotas

    quotas.forget_old()
