"""What is done behind participants' pages."""

from procrastinate.contrib.django import app

from rubrica.processes.jobs import PATIENT, SOON

CARE = "care"


@app.task(queue=CARE, retry=PATIENT, priority=SOON)
def receive_upload(upload_id: int, participant_id: int, ip: str = "", user_agent: str = "") -> None:
    """A file that went straight into the bucket. ``ip`` and ``user_agent`` are in jobs of the version before."""
    from rubrica.signer import direct

    direct.receive(upload_id, participant_id, ip, user_agent)


@app.periodic(cron="7 * * * *")
@app.task(queue=CARE, queueing_lock="purge_pages")
def purge_pages(timestamp: int) -> None:
    from django.conf import settings

    from rubrica.signer import pages

    pages.purge(settings.PAGE_CACHE_BYTES)
