"""One attempt: the oldest open message of a webhook about a subject goes out, and what came of it is written down."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, transaction
from django.dispatch import Signal

from rubrica import clock
from rubrica.webhooks import http, signing
from rubrica.webhooks.cipher import SecretLocked
from rubrica.webhooks.jobs import Later
from rubrica.webhooks.models import Attempt, Delivery, Webhook

T = TypeVar("T")

# Calls to one webhook at once, in one worker: a receiver that hangs takes this many places and leaves the rest.
AT_ONCE = 8
ANSWER_BYTES = 8000  # of which an excerpt is kept

switched_off = Signal()  # after a day of failures; sent in the transaction, with ``webhook``


@dataclass(frozen=True)
class Letter:
    """A delivery with all that sending it needs."""

    delivery: Delivery
    webhook: Webhook
    url: str
    body: bytes
    keys: list[str]
    header: tuple[str, str] | None


async def send_oldest(webhook_id: int, subject: str) -> None:
    """Raises Later when the message is to be tried again, or the webhook is busy."""
    async with PLACES.of(webhook_id):
        letter = await _in_thread(lambda: _oldest(webhook_id, subject))
        if letter is None:
            return
        at = clock.now()
        answer = await http.send(
            "POST", letter.url, headers=_headers(letter, at), content=letter.body, limit=ANSWER_BYTES
        )
        pause = await _in_thread(lambda: _record(letter, at, answer))
    if pause is not None:
        raise Later(pause)


def _headers(letter: Letter, at: datetime) -> dict[str, str]:
    signed = signing.headers(letter.delivery.message_id, at, letter.body, letter.keys)
    static = dict([letter.header]) if letter.header else {}
    return {**static, "Content-Type": "application/json", "Accept": "*/*", **signed}


def _oldest(webhook_id: int, subject: str) -> Letter | None:
    delivery = (
        Delivery.objects.filter(webhook_id=webhook_id, subject=subject, state=Delivery.State.OPEN)
        .select_related("webhook")
        .order_by("id")
        .first()
    )
    if delivery is None:
        return None
    webhook = delivery.webhook
    if not webhook.is_on or webhook.removed_at is not None:
        _skip(webhook_id, subject)
        return None
    early = (delivery.due_at - clock.now()).total_seconds()
    if early > 0:
        raise Later(early)
    try:
        return Letter(delivery, webhook, webhook.url, delivery.body.encode(), webhook.keys(), webhook.header)
    except SecretLocked as locked:
        # No retry mends this, so it is said where the owner looks; with a new secret it can be sent again.
        Attempt.note(delivery, clock.now(), http.Answer(failure="SECRET", detail=str(locked)))
        delivery.settle(Delivery.State.DROPPED)
        return None


def _skip(webhook_id: int, subject: str) -> None:
    waiting = Delivery.objects.filter(webhook_id=webhook_id, subject=subject, state=Delivery.State.OPEN)
    waiting.update(state=Delivery.State.SKIPPED, settled_at=clock.now())


@transaction.atomic
def _record(letter: Letter, at: datetime, answer: http.Answer) -> float | None:
    """The attempt's row and the delivery's new state; gives the seconds until the next attempt, where there is one."""
    delivery, webhook = letter.delivery, letter.webhook
    Attempt.note(delivery, at, answer)
    if answer.is_success:
        delivery.settle(Delivery.State.SENT)
        webhook.succeeded()
        return None
    if webhook.failed() and webhook.switch_off(Webhook.Off.FAILING):
        switched_off.send(Webhook, webhook=webhook)
    pauses = settings.WEBHOOK_RETRY_SECONDS
    if delivery.tries >= len(pauses):
        delivery.settle(Delivery.State.DROPPED)
        return None
    pause = pauses[delivery.tries]
    delivery.postpone(clock.now() + timedelta(seconds=pause))
    return float(pause)


async def _in_thread(work: Callable[[], T]) -> T:
    def closing() -> T:
        try:
            return work()
        finally:
            connection.close()  # back to the pool: the thread may next work for somebody else

    return await sync_to_async(closing, thread_sensitive=False)()


class Places:
    """How many calls of this worker go to each webhook now. Who finds no place comes back when one should be free.

    The ones that wait are spread by how long the last call took, so that a thousand of them do not all knock at once.
    """

    def __init__(self, each: int) -> None:
        self.each = each
        self.taken: Counter[int] = Counter()
        self.took: dict[int, float] = {}
        self.free_at: dict[int, float] = {}

    def of(self, webhook_id: int) -> "Place":
        return Place(self, webhook_id)

    def turn_away(self, webhook_id: int) -> Later:
        now = time.monotonic()
        apart = max(0.05, self.took.get(webhook_id, 1.0) / self.each)
        self.free_at[webhook_id] = max(now, self.free_at.get(webhook_id, 0.0)) + apart
        return Later(max(0.5, self.free_at[webhook_id] - now))


class Place:
    def __init__(self, places: Places, webhook_id: int) -> None:
        self.places, self.webhook_id, self.begun = places, webhook_id, 0.0

    async def __aenter__(self) -> None:
        if self.places.taken[self.webhook_id] >= self.places.each:
            raise self.places.turn_away(self.webhook_id)
        self.places.taken[self.webhook_id] += 1
        self.begun = time.monotonic()

    async def __aexit__(self, *error: object) -> None:
        self.places.took[self.webhook_id] = time.monotonic() - self.begun
        self.places.taken[self.webhook_id] -= 1
        if not self.places.taken[self.webhook_id]:
            for memory in (self.places.taken, self.places.took, self.places.free_at):
                memory.pop(self.webhook_id, None)


PLACES = Places(AT_ONCE)
