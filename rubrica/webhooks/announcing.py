"""How a message comes to be: rows and jobs in the transaction of what they tell of, so that a rollback leaves none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rubrica import clock
from rubrica.database import all_rows, insert
from rubrica.webhooks import jobs, signing
from rubrica.webhooks.models import DEFAULT, Delivery, Webhook

TARGETS = """
SELECT id, off_at IS NULL FROM webhooks_webhook
 WHERE organization_id = %(organization)s AND removed_at IS NULL AND word = ANY(%(words)s) ORDER BY id
"""


@dataclass(frozen=True)
class Message:
    kind: str
    body: str


@dataclass(frozen=True)
class Target:
    webhook_id: int
    is_on: bool


def targets(organization_id: int, words: Sequence[str]) -> list[Target]:
    """The webhooks of these words, or where none is named the default one; one prepared statement, as every event
    of every process asks."""
    values: dict[str, Any] = {"organization": organization_id, "words": list(words) or [DEFAULT]}
    return [Target(*row) for row in all_rows(TARGETS, values)]


def announce(
    organization_id: int, to: Iterable[Target], subject: str, event_id: int | None, messages: Sequence[Message]
) -> None:
    """Stores the messages for every target, in their order, and enqueues what sends them."""
    for target in to:
        for message in messages:
            _store(organization_id, target, subject, event_id, message)
            if target.is_on:
                jobs.enqueue(target.webhook_id, subject)


def _store(organization_id: int, target: Target, subject: str, event_id: int | None, message: Message) -> None:
    now = clock.now()
    insert(
        Delivery(
            organization_id=organization_id,
            webhook_id=target.webhook_id,
            subject=subject,
            event_id=event_id,
            kind=message.kind,
            message_id=signing.new_message_id(),
            body=message.body,
            state=Delivery.State.OPEN if target.is_on else Delivery.State.SKIPPED,
            created_at=now,
            due_at=now,
            settled_at=None if target.is_on else now,
        )
    )


def ping(webhook: Webhook, body: str) -> Delivery:
    """A message of its own, about nothing, so that the owner sees whether calls arrive."""
    message_id = signing.new_message_id()
    delivery = Delivery.objects.create(
        organization_id=webhook.organization_id,
        webhook=webhook,
        subject=message_id[:40],
        kind="PING",
        message_id=message_id,
        body=body,
    )
    jobs.enqueue(webhook.pk, delivery.subject)
    return delivery
