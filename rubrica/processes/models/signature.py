"""How a participant signed: what was drawn or typed, and what was agreed to."""

from typing import Self

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.files.models import Blob
from rubrica.processes import consent
from rubrica.processes.actor import Actor
from rubrica.processes.fields import Initials
from rubrica.processes.models.participant import Participant


class Signature(models.Model):
    """One a participant; the unique column is what lets fifty parallel requests sign once."""

    class Kind(models.TextChoices):
        DRAW = "draw"
        TYPE = "type"
        IMAGE = "image"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    participant = models.OneToOneField(Participant, models.PROTECT, related_name="signature")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    text = models.CharField(max_length=200, blank=True)
    image = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    initials_text = models.CharField(max_length=20, blank=True, default="", db_default="")
    initials = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    consent = models.TextField()
    signed_at = models.DateTimeField(default=clock.now)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    @classmethod
    def of(
        cls, participant: Participant, kind: str, text: str, image: Blob | None, by: Actor, initials: Initials | None
    ) -> Self:
        """With the sentence that is agreed to by it."""
        return cls.objects.create(
            organization_id=participant.organization_id,
            participant=participant,
            kind=kind,
            text=text,
            image=image,
            initials_text=initials.text if initials else "",
            initials=initials.image if initials else None,
            consent=consent.sentence(participant.language),
            ip=by.ip[:45],
            user_agent=by.user_agent[:300],
        )

    def __str__(self) -> str:
        return f"signature of {self.participant}"
