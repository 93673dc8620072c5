"""Sends each letter at most once a key, and leaves on its row what became of it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import F, Q

from rubrica import clock
from rubrica.notify.models import Channel, Notification

# Longer than a whole conversation with a slow server. A worker that was killed in the middle leaves its claim, and the
# message goes out again, under the same Message-ID, once this time has passed.
CLAIM = timedelta(minutes=5)
SETTLED = (Notification.State.SENT, Notification.State.OVER)


class DeliveryFailed(Exception):
    """The message did not go out. A permanent failure does not get better by trying again.

    ``retry_after`` is how many seconds to wait at least, where somebody said so.
    """

    def __init__(self, reason: str, permanent: bool = False, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.permanent, self.retry_after = reason, permanent, retry_after


class Outdated(DeliveryFailed):
    """It must not go out any more: whoever it was for has another address now. Nothing is left of the attempt."""

    def __init__(self) -> None:
        super().__init__("The address was changed before the message could go out.", permanent=True)


class About(Protocol):
    """What a letter is about: the columns of its row."""

    @property
    def kind(self) -> str: ...
    @property
    def organization_id(self) -> int: ...
    @property
    def process_id(self) -> int | None: ...
    @property
    def participant_id(self) -> int | None: ...


class Letter(Protocol):
    """A message in the form of one channel."""

    @property
    def message(self) -> About: ...
    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...

    def send(self, row: Notification) -> str:
        """Hands it over and gives the provider's id for it, if there is one. Raises DeliveryFailed."""


def deliver(key: str, letters: Iterable[Letter]) -> list[Notification]:
    """Sends each letter unless that was done under ``key`` before; a channel in trouble keeps no other one waiting.

    Raises DeliveryFailed if one did not go out, permanent only if no channel is left to try; each reason is on its row
    too. Call it outside a transaction: the rows must outlive the exception, and nothing inside one waits for a server.
    """
    rows, failures = [], []
    for letter in letters:
        try:
            rows.append(_deliver(key_of(key, letter.channel), letter))
        except DeliveryFailed as failure:
            failures.append(failure)
    passing = [failure for failure in failures if not failure.permanent]
    if passing:
        # The first that may be tried: a channel that has to wait longer says so again by itself.
        raise min(passing, key=lambda failure: failure.retry_after)
    if failures:
        raise failures[0]
    return rows


def key_of(key: str, channel: str) -> str:
    return key if channel == Channel.MAIL else f"{key}:{channel}"


def is_out(key: str, channels: Collection[str]) -> bool:
    """Whether nothing is left to try: each channel has sent its letter or was refused for good."""
    keys = [key_of(key, channel) for channel in channels]
    settled = Q(state__in=SETTLED) | Q(permanent=True)
    return Notification.objects.filter(settled, key__in=keys).count() == len(keys)


def is_sent(key: str, channels: Collection[str]) -> bool:
    """Whether one channel at least has sent its letter."""
    keys = [key_of(key, channel) for channel in channels]
    return Notification.objects.filter(key__in=keys, state=Notification.State.SENT).exists()


def withdraw(key: str, channels: Collection[str]) -> None:
    """Nothing waits any more for a letter that nobody needs, such as one whose reader was faster than the note that it
    is out; what is out, or was refused for good, stays."""
    rows = Notification.objects.filter(key__in=[key_of(key, channel) for channel in channels], permanent=False)
    rows.exclude(state__in=SETTLED).update(state=Notification.State.OVER, retry_at=None)


def _deliver(key: str, letter: Letter) -> Notification:
    row = _row(key, letter)
    if not _claim(row):
        return _settled(row)
    try:
        provider_id = letter.send(row)
    except Outdated:
        row.delete()
        raise
    except DeliveryFailed as failure:
        _mark_failed(row, failure)
        raise
    else:
        _mark_sent(row, provider_id)
    finally:
        _release(row)
    return row


def _row(key: str, letter: Letter) -> Notification:
    about = letter.message
    row, _ = Notification.objects.get_or_create(
        key=key,
        defaults={
            "kind": about.kind,
            "channel": letter.channel,
            "to": letter.address,
            "organization_id": about.organization_id,
            "process_id": about.process_id,
            "participant_id": about.participant_id,
        },
    )
    return row


def _claim(row: Notification) -> bool:
    """A conditional UPDATE, so that of two workers with the same job one sends."""
    now = clock.now()
    open_rows = Notification.objects.filter(pk=row.pk, permanent=False).exclude(state__in=SETTLED)
    free = open_rows.filter(Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM), Q(retry_at=None) | Q(retry_at__lte=now))
    if free.update(claimed_at=now, attempts=F("attempts") + 1) != 1:
        return False
    row.refresh_from_db()
    return True


def _settled(row: Notification) -> Notification:
    row.refresh_from_db()
    if row.permanent:
        raise DeliveryFailed(row.error, permanent=True)
    if row.state in SETTLED:
        return row
    if row.retry_at is not None and row.retry_at > clock.now():
        raise DeliveryFailed(row.error, retry_after=_seconds_until(row.retry_at))
    # Until the claim of a worker that died is over: the pauses between tries grow, and would go far beyond it.
    wait = _seconds_until(row.claimed_at + CLAIM) + 1 if row.claimed_at else 0
    raise DeliveryFailed("Another worker is sending this message.", retry_after=wait)


def _seconds_until(moment: datetime) -> int:
    return max(1, round((moment - clock.now()).total_seconds()))


def _mark_failed(row: Notification, failure: DeliveryFailed) -> None:
    row.state, row.error, row.permanent = Notification.State.FAILED, failure.reason, failure.permanent
    row.retry_at = clock.now() + timedelta(seconds=failure.retry_after) if failure.retry_after else None
    row.save(update_fields=["state", "error", "permanent", "retry_at"])


def _mark_sent(row: Notification, provider_id: str) -> None:
    """Unless a call-back was faster and knows more."""
    row.state, row.error, row.sent_at, row.provider_id = Notification.State.SENT, "", clock.now(), provider_id
    unsettled = Notification.objects.filter(pk=row.pk, permanent=False).exclude(state=Notification.State.SENT)
    unsettled.update(state=row.state, error="", sent_at=row.sent_at, provider_id=provider_id, retry_at=None)


def _release(row: Notification) -> None:
    Notification.objects.filter(pk=row.pk, claimed_at=row.claimed_at).update(claimed_at=None)
