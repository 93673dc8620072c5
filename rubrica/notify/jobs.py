"""What keeps the outbox clean."""

from procrastinate.contrib.django import app

CARE = "care"


@app.periodic(cron="* * * * *")
@app.task(queue=CARE, queueing_lock="forget_outbox")
def forget_outbox(timestamp: int) -> None:
    """Codes that are over are readable no longer."""
    from rubrica.notify import outbox

    outbox.forget()
