"""The ways in for a participant: addresses that are as good as a key."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.actor import Actor
from rubrica.processes.models.participant import Participant


class ParticipantLink(models.Model):
    """One way in for one participant. The token is in the address only; here is its digest."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="links")
    digest = models.BinaryField(unique=True, max_length=32)
    purpose = models.CharField(max_length=20)
    made_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.purpose} link of {self.participant}"

    @classmethod
    def replace_before(cls, participant: Participant, moment: datetime) -> None:
        """What was made before this moment opens nothing any more."""
        older = cls.objects.filter(participant=participant, replaced_at=None, created_at__lt=moment)
        older.update(replaced_at=clock.now())

    @classmethod
    def issue(cls, participant: Participant, by: Actor, purpose: str) -> str:
        """Makes a link and gives its address."""
        token = secrets.token_urlsafe(32)
        cls.objects.create(
            organization_id=participant.organization_id,
            participant=participant,
            digest=hashlib.sha256(token.encode()).digest(),
            purpose=purpose,
            made_by=by.reference,
        )
        return f"{settings.PUBLIC_URL}/s/{token}"
