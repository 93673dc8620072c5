"""How many messages may go to telephones: each costs money, and who makes us send them need not be honest.

A number takes a few an hour, an organization some hundreds a day, and the countries may be named. Counted in the
database, under a lock, so that many workers keep to them together. Mail is not counted.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from rubrica import clock
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.models import Notification

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPACERS = str.maketrans("", "", " \u00a0-.()/")


def plain(number: str) -> str:
    """The number without what people put between digits."""
    return number.translate(SPACERS)


def refusal(number: str) -> str:
    """Why this number can never get a message, as a sentence; empty if it can."""
    if not E164.fullmatch(plain(number)):
        return "The phone number must begin with + and the code of its country, and have 7 to 15 digits."
    allowed = settings.PHONE_COUNTRIES
    if allowed and not plain(number).startswith(allowed):
        return "Messages to phones of this country are not allowed here; see RUBRICA_PHONE_COUNTRIES."
    return ""


def wait(organization_id: int, number: str) -> int:
    """How many seconds until a message to this number may go; 0 is now."""
    return max(_number_wait(number, 0), _organization_wait(organization_id, 0))


def let_through(row: Notification) -> None:
    """Counts the message, once however often it is tried. Raises DeliveryFailed when a limit is reached."""
    with transaction.atomic():
        _lock(f"organization {row.organization_id}", f"number {row.to}")
        seconds = _number_wait(row.to, row.pk)
        if seconds:
            raise _reached(f"this phone number has had {settings.PHONE_HOURLY} messages within an hour", seconds)
        seconds = _organization_wait(row.organization_id, row.pk)
        if seconds:
            raise _reached(f"your organization has sent {settings.PHONE_DAILY} within a day", seconds)
        Notification.objects.filter(pk=row.pk).update(counted_at=clock.now())


def _reached(which: str, seconds: int) -> DeliveryFailed:
    return DeliveryFailed(f"The limit of messages to phones is reached: {which}.", retry_after=seconds)


def _number_wait(number: str, but: int) -> int:
    counted = Notification.objects.filter(to=plain(number)).exclude(pk=but)
    return _wait(counted, settings.PHONE_HOURLY, HOUR)


def _organization_wait(organization_id: int, but: int) -> int:
    counted = Notification.objects.filter(organization_id=organization_id).exclude(pk=but)
    return _wait(counted, settings.PHONE_DAILY, DAY)


def _wait(counted: QuerySet[Notification], most: int, window: timedelta) -> int:
    """Until the oldest of the last ``most`` messages is older than the window; reads no more rows than those."""
    if most < 1:
        return round(window.total_seconds())
    moments = counted.filter(counted_at__gt=clock.now() - window).order_by("-counted_at")
    oldest: datetime | None = moments.values_list("counted_at", flat=True)[most - 1 : most].first()
    return max(1, round((oldest + window - clock.now()).total_seconds())) if oldest else 0


def _lock(*subjects: str) -> None:
    """Until the transaction ends; always in the same order, so that two never wait for each other."""
    with connection.cursor() as cursor:
        for subject in subjects:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notify {subject}"])
