"""What the clock looks after among participants' pages."""

from procrastinate.contrib.django import app

CARE = "care"


@app.periodic(cron="7 * * * *")
@app.task(queue=CARE, queueing_lock="purge_pages")
def purge_pages(timestamp: int) -> None:
    from django.conf import settings

    from rubrica.signer import pages

    pages.purge(settings.PAGE_CACHE_BYTES)
