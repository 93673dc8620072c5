"""A file in a field of a record."""

from django.db import models
from django.db.models import Q

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.files.models import Blob
from rubrica.records.ids import new_attachment_key
from rubrica.records.models.definition import Definition
from rubrica.records.models.record import Record


class Attachment(models.Model):
    """``path`` is the canonical one (``rubrica.records.paths``): a declared field, or block, line and field.

    A copy is another row that points at the same blob. With ``staged_until`` the file was sent ahead: it is in no
    field yet, and is swept at that moment unless a change of the record names it.
    """

    class Store(models.TextChoices):
        IMAGE = "image"
        FILE = "file"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="attachments")
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="attachments")
    record = models.ForeignKey(Record, models.CASCADE, related_name="attachments", db_index=False)
    path = models.CharField(max_length=400)
    position = models.IntegerField()
    key = models.CharField(max_length=24, unique=True, default=new_attachment_key)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    store = models.CharField(max_length=5, choices=Store.choices, default=Store.FILE)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="attachments")
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    staged_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["record", "path", "position", "id"]
        indexes = [
            models.Index(fields=["record", "path", "position"], name="attachment_place"),
            models.Index(fields=["staged_until"], condition=Q(staged_until__isnull=False), name="attachment_staged"),
        ]

    def __str__(self) -> str:
        return self.name
