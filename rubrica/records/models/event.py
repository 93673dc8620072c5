"""What happened to records, kept when they are gone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rubrica import clock
from rubrica.accounts.models import Member, Organization


class RecordEvent(models.Model):
    """Names its record and definition by their keys, since a tombstone outlives both."""

    class Kind(models.TextChoices):
        CREATED = "record.created", _("Made")
        CHANGED = "record.changed", _("Changed")
        DELETED = "record.deleted", _("Removed")
        ATTACHED = "attachment.added", _("File added")
        REPLACED = "attachment.replaced", _("File exchanged")
        REMOVED = "attachment.removed", _("File deleted")
        COPIED = "attachment.copied", _("File copied")

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="record_events", db_index=False)
    definition_key = models.CharField(max_length=21)
    record_key = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    who = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "record_key", "id"], name="record_event_of_record")]

    def __str__(self) -> str:
        return self.kind
