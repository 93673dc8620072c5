"""The effects of an organization's settings. A job may run twice, so what it calls looks at its row first."""

from contextlib import suppress
from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from rubrica.webhooks.models import Webhook

MAIL, PICTURES, CARE = "mail", "pictures", "care"


@app.task(queue=PICTURES, retry=RetryStrategy(max_attempts=4, wait=30))
def fetch_picture(organization_id: int, source: str) -> None:
    from rubrica.company import pictures

    pictures.fetch(organization_id, source)


@app.task(queue=MAIL, retry=RetryStrategy(max_attempts=52, wait=60, linear_wait=60))
def tell_owner(webhook_id: int, member_id: int, since: str) -> None:
    from rubrica.company import letters

    letters.webhook_off(webhook_id, member_id, since)


@app.periodic(cron="7 * * * *")
@app.task(queue=CARE, queueing_lock="announce_ending_certificates")
def announce_ending_certificates(timestamp: int) -> None:
    """Each mail by a job of its own: it is sent once, however often it is enqueued."""
    from rubrica.company import expiry

    for key_id, member_id, days in expiry.announce():
        job = tell_of_ending.configure(queueing_lock=f"certificate-ends:{key_id}:{member_id}:{days}")
        with suppress(AlreadyEnqueued):
            job.defer(key_id=key_id, member_id=member_id, days=days)


@app.task(queue=MAIL, retry=RetryStrategy(max_attempts=52, wait=60, linear_wait=60))
def tell_of_ending(key_id: int, member_id: int, days: int) -> None:
    from rubrica.company import expiry

    expiry.tell(key_id, member_id, days)


def on_switched_off(sender: object, webhook: Webhook, **more: Any) -> None:
    """In the transaction that switched it off: one mail for each owner."""
    row = Webhook.objects.get(pk=webhook.pk)
    since = (row.failing_since or row.off_at or row.created_at).isoformat()
    for owner in row.organization.members.filter(role="owner", is_active=True):
        tell_owner.defer(webhook_id=row.pk, member_id=owner.pk, since=since)
