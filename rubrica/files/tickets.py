"""Single use, for whoever brings bytes."""

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models.functions import Now

from rubrica import tenancy
from rubrica.accounts.models import Organization


class UploadTicket(models.Model):
    """Lets one request bring bytes for one thing, until a moment. Only a digest of its token is kept.

    Single use is the conditional UPDATE of ``claim``, judged by the database's clock at the arrival of the request.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="upload_tickets")
    purpose = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    digest = models.BinaryField(unique=True, max_length=32)
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "subject_id"], name="upload_ticket_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_id}"

    @classmethod
    def issue(cls, organization: Organization, purpose: str, subject_id: int, seconds: int) -> str:
        """Makes a ticket and gives its token of 256 random bits."""
        token = secrets.token_urlsafe(32)
        cls.objects.create(
            organization=organization,
            purpose=purpose,
            subject_id=subject_id,
            digest=hashlib.sha256(token.encode()).digest(),
            expires_at=Now() + timedelta(seconds=seconds),  # the clock that ``claim`` judges by
        )
        return token

    @classmethod
    def claim(cls, token: str, purpose: str, waited: float = 0.0) -> Self | None:
        """Takes the ticket for a request; None when it is unknown, expired or taken already.

        ``waited``: seconds for which the body was on its way since the request arrived, while which it may expire.
        """
        digest = hashlib.sha256(token.encode()).digest()
        arrived = Now() - timedelta(seconds=waited)
        taken = cls.objects.filter(digest=digest, purpose=purpose, claimed_at=None, expires_at__gt=arrived)
        with tenancy.every_organization("A ticket is found by its secret, and says whose it is."):
            if taken.update(claimed_at=Now()) != 1:
                return None
            found = cls.objects.select_related("organization").get(digest=digest)
        tenancy.enter(found.organization_id)
        return found

    @classmethod
    def is_open(cls, token: str, waited: float = 0.0) -> bool:
        """Whether a request could take it that arrived ``waited`` seconds ago, for whatever it is."""
        digest = hashlib.sha256(token.encode()).digest()
        arrived = Now() - timedelta(seconds=waited)
        return cls.objects.filter(digest=digest, claimed_at=None, expires_at__gt=arrived).exists()

    @classmethod
    def used(cls, token: str, purpose: str) -> bool:
        digest = hashlib.sha256(token.encode()).digest()
        with tenancy.every_organization("A ticket is found by its secret."):
            return cls.objects.filter(digest=digest, purpose=purpose, claimed_at__isnull=False).exists()

    def release(self) -> None:
        """Gives the ticket back after a transfer that stored nothing; its expiry stays."""
        type(self).objects.filter(pk=self.pk).update(claimed_at=None)
