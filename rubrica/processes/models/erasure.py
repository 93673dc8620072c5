"""A person whose data was erased, and one whose data is put together for them."""

import hashlib
import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Member, Organization
from rubrica.files.models import Blob

if TYPE_CHECKING:
    from rubrica.processes.models.event import Event

EXPORT_LIVES = timedelta(days=1)


def new_id() -> str:
    return secrets.token_hex(12)


class Erasure(models.Model):
    """``statement`` is what was erased, when, by whom and why, with the hashes of what is gone and without any of it.

    ``cms`` is its signature, which comes a moment later: a key may lie with a service that is away.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="erasures", db_index=False)
    public_id = models.CharField(max_length=24, unique=True, default=new_id)
    statement = models.TextField()
    cms = models.BinaryField(null=True)
    made_at = models.DateTimeField(default=clock.now)
    signed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="erasure_newest")]

    def __str__(self) -> str:
        return f"erasure {self.public_id}"

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.statement)
        return told

    @property
    def digest(self) -> bytes:
        """What is signed: the SHA-256 of the statement in UTF-8."""
        return hashlib.sha256(self.statement.encode()).digest()

    def named(self) -> frozenset[tuple[str, int, str]]:
        """The events that it vouches for: their process, number and hash."""
        found: set[tuple[str, int, str]] = set()
        for one in self.told["processes"]:
            found |= {(one["package"], gone["sequence"], gone["hash"]) for gone in one["events"]}
        return frozenset(found)


class Statements:
    """Those that one check of histories needs, each read once: one may name thousands of events."""

    def __init__(self) -> None:
        self._named: dict[tuple[int, str], frozenset[tuple[str, int, str]]] = {}

    def vouch(self, package: str, event: "Event") -> bool:
        """Whether the statement of its erasure names this event with this hash. The signature is checked by
        ``rubrica ledger check`` and by whoever has the evidence."""
        key = (event.organization_id, str((event.erased or {}).get("erasure", "")))
        if key not in self._named:
            found = Erasure.objects.filter(organization_id=key[0], public_id=key[1]).first()
            self._named[key] = found.named() if found else frozenset()
        return (package, event.sequence, bytes(event.hash).hex()) in self._named[key]


class PersonExport(models.Model):
    """Everything about a person as a ZIP: made by a job, and here for a day."""

    class State(models.TextChoices):
        MAKING = "making"
        MADE = "made"
        FAILED = "failed"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="person_exports")
    public_id = models.CharField(max_length=24, unique=True, default=new_id)
    by = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    identifier = models.CharField(max_length=320)
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=6, choices=State.choices, default=State.MAKING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    blob = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="person_export_oldest")]

    def __str__(self) -> str:
        return f"export {self.public_id}, {self.state}"

    @classmethod
    def kept(cls) -> "models.QuerySet[PersonExport]":
        return cls.objects.filter(created_at__gt=clock.now() - EXPORT_LIVES)
