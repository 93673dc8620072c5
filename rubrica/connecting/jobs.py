"""Care of what the database does not do by itself."""

from procrastinate.contrib.django import app

CARE = "care"


@app.periodic(cron="17 * * * *")
@app.task(queue=CARE, queueing_lock="make_months")
def make_months(timestamp: int) -> None:
    """Three months ahead and every hour: a turn that finds a table busy leaves it to the next."""
    from rubrica.connecting import months

    months.keep_up()
