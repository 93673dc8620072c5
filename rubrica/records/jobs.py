"""What the clock looks after among records."""

from procrastinate.contrib.django import app

CARE = "care"


@app.periodic(cron="47 * * * *")
@app.task(queue=CARE, queueing_lock="sweep_staged")
def sweep_staged(timestamp: int) -> None:
    from rubrica.records.attachments import staging

    staging.sweep()
