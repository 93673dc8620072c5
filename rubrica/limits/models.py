"""What is counted. How much is allowed stands with the organization (quotas) and in the settings (rates)."""

from django.db import models

from rubrica.accounts.models import Organization


class Rate(models.Model):
    """One caller of one kind, by a digest: when its account of calls is full again.

    The table is not logged: after a crash of the database everybody begins anew, and a call costs no write to the disk.
    """

    key = models.BinaryField(primary_key=True, max_length=16)
    full_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return bytes(self.key).hex()


class Month(models.Model):
    """How many processes an organization with a quota has begun in a month (UTC)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    processes = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "month"], name="limits_month_once")]

    def __str__(self) -> str:
        return f"{self.organization} {self.month:%Y-%m}"


class Stored(models.Model):
    """How many bytes an organization's files had when they were last added up."""

    organization = models.OneToOneField(Organization, models.CASCADE, primary_key=True, related_name="+")
    files = models.BigIntegerField()
    size = models.BigIntegerField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.organization}: {self.size}"
