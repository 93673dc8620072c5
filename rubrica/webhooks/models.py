"""Where an organization wants to hear of what happens, and what was sent there, attempt by attempt."""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.webhooks import cipher, signing
from rubrica.webhooks.http import Answer

DEFAULT = "default"  # the webhook of processes that name none
WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
OLD_KEY_LIVES = timedelta(days=1)  # after a new one was made, so that receivers can change in peace
DAY = timedelta(days=1)
EXCERPT = 2000  # characters of an answer that are kept


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def kept(self) -> Self:
        """Those that were not removed; a removed one stays for the history of its deliveries."""
        return self.filter(removed_at=None)


class Webhook(models.Model):
    """One address, known to callers by its ``word``. Secrets are kept locked and shown to the owner alone."""

    class Off(models.TextChoices):
        """Why nothing is sent: the owner wants it so, or it failed for a day."""

        MEMBER = "member"
        FAILING = "failing"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="webhooks")
    word = models.CharField(max_length=64)
    description = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=2000)
    header_key = models.CharField(max_length=100, blank=True)
    header_value = models.BinaryField(default=b"")  # locked
    key = models.BinaryField(default=b"")  # locked; signs every call
    old_key = models.BinaryField(default=b"")  # locked; signs beside it for a day
    key_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)
    off_because = models.CharField(max_length=10, choices=Off.choices, blank=True)
    failing_since = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "word"], condition=Q(removed_at=None), name="webhook_word_once"
            ),
            models.CheckConstraint(
                condition=Q(off_at=None, off_because="") | (Q(off_at__isnull=False) & ~Q(off_because="")),
                name="webhook_off_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.word

    @property
    def is_on(self) -> bool:
        return self.off_at is None

    @property
    def secret(self) -> str:
        """What receivers check signatures with, ``whsec_…``."""
        return cipher.unlock(bytes(self.key), self._context("key"))

    @property
    def header(self) -> tuple[str, str] | None:
        """The static header, with its value."""
        if not self.header_key:
            return None
        return self.header_key, cipher.unlock(bytes(self.header_value), self._context("header"))

    @header.setter
    def header(self, header: tuple[str, str] | None) -> None:
        name, value = header or ("", "")
        self.header_key = name
        self.header_value = cipher.lock(value, self._context("header")) if header else b""

    def keys(self) -> list[str]:
        """The secrets that sign a call now. Raises SecretLocked."""
        changed, keys = self.key_changed_at, [self.secret]
        if self.old_key and changed is not None and changed >= clock.now() - OLD_KEY_LIVES:
            with suppress(cipher.SecretLocked):  # of another installation: then the new one signs alone
                keys.append(cipher.unlock(bytes(self.old_key), self._context("key")))
        return keys

    def make_key(self) -> None:
        """A new signing secret; the one before it goes on signing beside it for a day. Not saved here."""
        self.old_key = bytes(self.key)
        self.key = cipher.lock(signing.new_secret(), self._context("key"))
        self.key_changed_at = clock.now() if self.old_key else None

    def switch_on(self) -> None:
        """From now on; what was not sent meanwhile waits in the list to be sent on purpose."""
        self.off_at, self.off_because, self.failing_since, self.failed_at = None, "", None, None
        self.save(update_fields=["off_at", "off_because", "failing_since", "failed_at"])

    def switch_off(self, because: str) -> bool:
        """Says whether this call did it, so that of several workers one tells the owner."""
        on = Webhook.objects.kept().filter(pk=self.pk, off_at=None)
        return on.update(off_at=clock.now(), off_because=because) == 1

    def succeeded(self) -> None:
        Webhook.objects.filter(pk=self.pk, failing_since__isnull=False).update(failing_since=None, failed_at=None)

    def failed(self) -> bool:
        """Notes a failure; says whether it has gone on for a day.

        Failures that lie more than a day apart are two troubles and not one: a receiver that gets a call a week is
        not switched off for two bad moments.
        """
        now = clock.now()
        fresh = Q(failing_since=None) | Q(failed_at__lt=now - DAY)
        Webhook.objects.filter(pk=self.pk).update(
            failing_since=Case(When(fresh, then=now), default=F("failing_since")), failed_at=now
        )
        return Webhook.objects.filter(pk=self.pk, off_at=None, failing_since__lte=now - DAY).exists()

    def remove(self) -> None:
        Webhook.objects.filter(pk=self.pk, removed_at=None).update(removed_at=clock.now())

    def _context(self, what: str) -> str:
        return f"{self.organization_id}:{self.word}:{what}"


class Delivery(models.Model):
    """One message to one webhook. ``body`` is what is sent, byte for byte, however often.

    ``subject`` is what the message is about, and messages about the same arrive in their order. It and the event are
    plain values, because nothing here may know what they name.
    """

    class State(models.TextChoices):
        OPEN = "open"  # to be sent, now or after a pause
        SENT = "sent"
        DROPPED = "dropped"  # every attempt failed
        SKIPPED = "skipped"  # the webhook was off

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="deliveries", db_index=False)
    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries", db_index=False)
    subject = models.CharField(max_length=40)
    event_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=30)  # as the body says it, for people who look for one
    message_id = models.CharField(max_length=40, unique=True, default=signing.new_message_id)  # within its month
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    tries = models.IntegerField(default=0)  # of this round; sending it again on purpose begins a new one
    created_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organization", "-id"], name="delivery_newest"),
            models.Index(fields=["organization", "state", "-id"], name="delivery_by_state"),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(fields=["subject", "id"], name="delivery_subject"),
            models.Index(fields=["webhook", "subject", "id"], condition=Q(state="open"), name="delivery_next"),
            models.Index(fields=["due_at"], condition=Q(state="open"), name="delivery_due"),
            models.Index(fields=["settled_at"], condition=~Q(state="open"), name="delivery_settled"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="delivery_settled_has_moment",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook} ({self.state})"

    @property
    def can_be_sent_again(self) -> bool:
        return self.state != self.State.OPEN

    def settle(self, state: str) -> bool:
        """Ends an open delivery; says whether it was open."""
        ended = Delivery.objects.filter(pk=self.pk, state=self.State.OPEN)
        return ended.update(state=state, tries=F("tries") + 1, settled_at=clock.now()) == 1

    def postpone(self, until: datetime) -> None:
        Delivery.objects.filter(pk=self.pk, state=self.State.OPEN).update(tries=F("tries") + 1, due_at=until)

    def send_again(self) -> bool:
        """Sends the same body under the same id once more; says whether it was not under way already."""
        from rubrica.webhooks import jobs

        with transaction.atomic():
            settled = Delivery.objects.filter(pk=self.pk).exclude(state=self.State.OPEN)
            if settled.update(state=self.State.OPEN, tries=0, due_at=Now(), settled_at=None) != 1:
                return False
            jobs.enqueue(self.webhook_id, self.subject)
        return True


class Attempt(models.Model):
    """One call: what the receiver answered, or why there was no answer."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    milliseconds = models.IntegerField()
    status = models.IntegerField(null=True)
    failure = models.CharField(max_length=20, blank=True)  # a code of ``http.Failure``
    detail = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.status or self.failure} after {self.milliseconds} ms"

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @classmethod
    def note(cls, delivery: Delivery, at: datetime, answer: Answer) -> Self:
        said = answer.body.decode("utf-8", "replace").replace("\0", "�")[:EXCERPT]
        return cls.objects.create(
            delivery=delivery,
            at=at,
            milliseconds=answer.milliseconds,
            status=answer.status,
            failure=answer.failure,
            detail=answer.detail[:300].replace("\0", ""),
            answer=said,
        )
