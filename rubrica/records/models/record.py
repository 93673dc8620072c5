"""One filled-in thing: what aero calls a document."""

import hashlib

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.records.ids import new_record_key
from rubrica.records.models.definition import Definition


class Record(models.Model):
    """``values`` maps the declared paths of fields to values, and names of line blocks to lists of lines.

    A line is an object with ``_id``, perhaps ``externalId``, and its own values. Files are rows of ``Attachment``
    and never stand in here. ``access`` says who is in the access groups of this record (``rubrica.records.access``).
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="records")
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="records", db_index=False)
    key = models.CharField(max_length=20, default=new_record_key)
    external_id = models.CharField(max_length=255, null=True)
    status = models.CharField(max_length=100, blank=True)
    values = models.JSONField(default=dict)
    version = models.IntegerField(default=1)  # of the definition, at the last change
    revision = models.IntegerField(default=1)  # one more with every change
    access = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    modified_at = models.DateTimeField(default=clock.now)
    modified_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["definition", "key"], name="record_key_once"),
            models.UniqueConstraint(fields=["definition", "external_id"], name="record_external_id_once"),
        ]
        indexes = [
            models.Index(fields=["definition", "id"], name="record_in_order"),
            GinIndex(fields=["values"], opclasses=["jsonb_path_ops"], name="record_values", gin_pending_list_limit=128),
        ]

    def __str__(self) -> str:
        return self.external_id or self.key

    @property
    def hash(self) -> str:
        """Changes with every change: what a caller sends back to be sure that nobody was faster."""
        return hashlib.sha256(f"{self.key}:{self.revision}".encode()).hexdigest()[:24]

    def lines(self, block: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.values.get(block, [])
        return found
