"""What the clock looks after: messages that have no job any more, and those that nobody needs to see."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import connection

from rubrica import clock
from rubrica.connecting import months
from rubrica.webhooks import jobs
from rubrica.webhooks.models import Delivery

log = logging.getLogger(__name__)

LOST_AFTER = timedelta(minutes=10)  # past due and without a job
BATCH = 1000

# Of what is under a legal hold nothing is forgotten; by plain SQL, because nothing here may know what a process is.
NOT_HELD = """
NOT EXISTS (SELECT 1 FROM processes_hold h LEFT JOIN processes_process p ON p.id = h.process_id
             WHERE h.lifted_at IS NULL AND h.organization_id = webhooks_delivery.organization_id
               AND (h.process_id IS NULL OR p.public_id = webhooks_delivery.subject))
"""
# A job can be given up after its worker died under it again and again; its message must not be lost with it.
LOST = """
SELECT d.webhook_id, d.subject FROM webhooks_delivery d
 WHERE d.state = 'open' AND d.due_at < %(before)s
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j
                    WHERE j.lock = 'webhook:' || d.webhook_id || ':' || d.subject AND j.status IN ('todo', 'doing'))
 ORDER BY d.due_at LIMIT %(batch)s
"""


def find_lost() -> int:
    """Enqueues messages that are due and that no job will send; gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(LOST, {"before": clock.now() - LOST_AFTER, "batch": BATCH})
        lost = cursor.fetchall()
    for webhook_id, subject in lost:
        jobs.enqueue(webhook_id, subject)
    if lost:
        log.warning("%d webhook messages had lost their job and were enqueued again.", len(lost))
    return len(lost)


def forget_old() -> int:
    """Removes messages that were settled long ago, with their attempts: they hold people's names and addresses."""
    limit = clock.now() - timedelta(days=settings.WEBHOOK_DAYS)
    old = Delivery.objects.exclude(state=Delivery.State.OPEN).filter(settled_at__lt=limit).order_by("settled_at")
    old = old.extra(where=[NOT_HELD])  # noqa: S610  the text is above
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        Delivery.objects.filter(pk__in=ids).delete()
        forgotten += len(ids)
    months.drop_empty(months.DELIVERIES)  # a month of which nothing is left goes as a whole, with its indexes
    return forgotten
