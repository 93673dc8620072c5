"""What was sent to whom, and the outbox that keeps messages where no provider is configured."""

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.web.text import UNSTORABLE


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")


class Notification(models.Model):
    """One message to one person over one channel. ``key`` is idempotent: a job that runs twice finds its row.

    The process and the participant are plain numbers, because nothing here may know what they are. What a message
    says is not kept.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        OVER = "over", _("Not needed any more")  # it may be out: the worker that sent it ended before it said so

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.MAIL)
    to = models.CharField(max_length=320)
    process_id = models.BigIntegerField(null=True)
    participant_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    permanent = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    claimed_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)  # not before: the provider or a limit of ours said so
    counted_at = models.DateTimeField(null=True)  # when it was let through to a provider that takes money for it
    sent_at = models.DateTimeField(null=True)
    provider_id = models.CharField(
        max_length=200, blank=True, default="", db_default=""
    )  # by which the provider's call-backs name it
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["process_id", "participant_id"], name="notification_subject"),
            # Mail is in none of these, so it costs nothing there.
            models.Index(
                fields=["to", "-counted_at"],
                condition=models.Q(counted_at__isnull=False),
                name="notification_to_number",
            ),
            models.Index(
                fields=["organization", "-counted_at"],
                condition=models.Q(counted_at__isnull=False),
                name="notification_counted",
            ),
            models.Index(
                fields=["organization", "channel", "-id"],
                condition=models.Q(state="failed"),
                name="notification_failed",
            ),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="notification_at_provider"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(permanent=False) | models.Q(state="failed"), name="notification_permanent_is_failed"
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at=None)),
                name="notification_sent_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(delivered_at=None) | models.Q(state="sent"), name="notification_delivered_was_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to} ({self.state})"

    def arrived(self, provider_id: str) -> None:
        """The provider saw it reach the person. It may say so twice, and before our own answer is stored."""
        now = clock.now()
        Notification.objects.filter(pk=self.pk, delivered_at=None).update(
            state=self.State.SENT,
            permanent=False,
            error="",
            sent_at=Coalesce("sent_at", now),
            delivered_at=now,
            provider_id=provider_id,
        )

    def came_back(self, provider_id: str, error: str) -> None:
        """The provider gave up on it; what reached the person once does not come back."""
        said = UNSTORABLE.sub("?", error)[:1000]
        Notification.objects.filter(pk=self.pk, delivered_at=None, permanent=False).update(
            state=self.State.FAILED, permanent=True, error=said, sent_at=None, provider_id=provider_id
        )


class OutboxMessage(models.Model):
    """A message that was kept instead of sent. Its id is unique, so the same message is kept once."""

    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, related_name="outbox_messages", db_index=False
    )
    message_id = models.CharField(max_length=255, unique=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.MAIL, db_default="mail")
    to = models.TextField()
    subject = models.TextField()
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)  # what must not be readable for long, such as a code

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-id"], name="outbox_newest_first"),
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="outbox_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"

    @property
    def is_mail(self) -> bool:
        return self.channel == Channel.MAIL
