"""How far the clock has come with each class of data."""

from django.db import models

from rubrica.accounts.models import Organization


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
