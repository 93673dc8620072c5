"""Uploads that come in pieces, as rows; what is done with them is in ``partial``."""

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization


class PartialUpload(models.Model):
    """Bytes that come in pieces, for one thing: what has arrived stays when the connection is lost (partial.py)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="partial_uploads")
    purpose = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    length = models.BigIntegerField()
    file_name = models.CharField(max_length=255)
    direct_key = models.CharField(max_length=100, default="", db_default="")  # where it may come past us (direct.py)
    refused = models.JSONField(null=True)  # what a job found that looked into it
    # Of whoever said that a direct one is here, until the job has told the history; a job's arguments name nobody.
    ip = models.CharField(max_length=45, default="", db_default="")
    user_agent = models.CharField(max_length=300, default="", db_default="")
    created_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["purpose", "subject_id"], name="partial_upload_subject"),
            models.Index(fields=["created_at"], name="partial_upload_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.length} bytes)"

    @property
    def offset(self) -> int:
        """How many of the bytes have arrived and are on disk."""
        if self.completed_at is not None:
            return self.length
        return int(self.pieces.aggregate(arrived=models.Sum("size"))["arrived"] or 0)

    def complete(self) -> bool:
        """Claims the end for this request: of two that bring the last bytes one goes on."""
        return type(self).objects.filter(pk=self.pk, completed_at=None).update(completed_at=clock.now()) == 1


class Piece(models.Model):
    """Some bytes in the storage, there before this row is.

    That one piece begins at each byte is what keeps two requests apart: both may write, and one of them counts.
    """

    upload = models.ForeignKey(PartialUpload, models.CASCADE, related_name="pieces", db_index=False)
    start = models.BigIntegerField()
    size = models.BigIntegerField()
    key = models.CharField(max_length=100)

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="piece_once_at_a_byte")]

    def __str__(self) -> str:
        return f"{self.size} bytes from {self.start}"
