"""What was sent to whom, and the outbox that keeps mail where no mail server is configured."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rubrica import clock
from rubrica.accounts.models import Organization


class Notification(models.Model):
    """One message to one person. ``key`` is the caller's idempotency key: a job that runs twice finds its row.

    The process and the participant are plain numbers, because nothing here may know what they are.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30)
    channel = models.CharField(max_length=10, default="mail")
    to = models.CharField(max_length=320)
    process_id = models.BigIntegerField(null=True)
    participant_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.QUEUED)
    permanent = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["process_id", "participant_id"], name="notification_subject")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(permanent=False) | models.Q(state="failed"), name="notification_permanent_is_failed"
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at=None)),
                name="notification_sent_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to} ({self.state})"


class OutboxMessage(models.Model):
    """A mail that was kept instead of sent. Its Message-ID is unique, so the same mail is kept once."""

    organization = models.ForeignKey(Organization, models.CASCADE, null=True, related_name="outbox_messages")
    message_id = models.CharField(max_length=255, unique=True)
    to = models.TextField()
    subject = models.TextField()
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="outbox_newest_first")]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
