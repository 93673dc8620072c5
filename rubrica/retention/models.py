"""How far the clock has come with each class of data, and whom the owners want to be erased."""

from typing import Any

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.actor import Actor
from rubrica.processes.models.erasure import new_id


class RetentionMark(models.Model):
    """Everything of this class that ended before ``until`` has been looked at; ``at`` is when that was."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="retention_marks", db_index=False)
    kind = models.CharField(max_length=20)  # a key of ``classes.CLASSES``
    until = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind"], name="retention_mark_once")]

    def __str__(self) -> str:
        return f"{self.kind} until {self.until}"


class AskedErasure(models.Model):
    """An erasure that jobs do, some processes at a time. ``public_id`` is that of its statement.

    ``identifier`` is empty once it is done: then nothing here tells of the person.
    """

    class State(models.TextChoices):
        ERASING = "erasing"
        DONE = "done"
        FAILED = "failed"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="asked_erasures")
    public_id = models.CharField(max_length=24, unique=True, default=new_id)
    identifier = models.CharField(max_length=320)
    with_documents = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    actor = models.JSONField()  # the fields of an Actor
    state = models.CharField(max_length=7, choices=State.choices, default=State.ERASING)
    step = models.IntegerField(default=0)  # that is to be done next
    done = models.IntegerField(default=0)  # processes
    total = models.IntegerField(default=0)
    asked_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"erasure {self.public_id}, {self.state}"

    @property
    def by(self) -> Actor:
        told: dict[str, Any] = self.actor
        return Actor(**told)
