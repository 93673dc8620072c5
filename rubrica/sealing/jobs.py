"""What keeps an eye on the keys."""

from procrastinate.contrib.django import app

CARE = "care"


@app.periodic(cron="*/5 * * * *")
@app.task(queue=CARE, queueing_lock="check_sealing_keys")
def check_sealing_keys(timestamp: int) -> None:
    from rubrica.sealing.keyring import checking

    checking.check_what_is_due()
