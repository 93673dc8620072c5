"""The spine: one row a thing that happened, each carrying the hash of the one before it."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.db import models

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.processes.actor import Actor
from rubrica.processes.models import chain
from rubrica.processes.models.erasure import Statements

if TYPE_CHECKING:
    from rubrica.processes.models.process import Process


class Event(models.Model):
    """Audit trail, roadmap, timeline and notices read these rows; nothing else knows of them."""

    class Kind(models.TextChoices):
        CREATED = "process.created"
        FINISHED = "process.finished"
        REJECTED = "process.rejected"
        CANCELLED = "process.cancelled"
        EXPIRED = "process.expired"
        REACTIVATED = "process.reactivated"
        EDITING = "process.editing"
        EDITED = "process.edited"
        DOCUMENT_RECEIVED = "document.received"
        SIGNING = "document.signing"
        SIGNED_IN = "document.signed"
        SEALING = "document.sealing"
        SEALED = "document.sealed"
        SEAL_FAILED = "document.seal_failed"
        UPGRADED = "document.upgraded"
        UPGRADE_FAILED = "document.upgrade_failed"
        INVITED = "participant.invited"
        INVITATION_FAILED = "participant.invitation_failed"
        REMINDED = "participant.reminded"
        LINK_MADE = "participant.link_made"
        LINK_ASKED = "participant.link_asked"
        REOPENING_ASKED = "participant.reopening_asked"
        EMAIL_CHANGED = "participant.email_changed"
        OPENED = "participant.opened"
        SIGNED = "participant.signed"
        APPROVED = "participant.approved"
        DECLINED = "participant.declined"
        BLOCKED = "participant.blocked"
        UNBLOCKED = "participant.unblocked"
        CODE_SENT = "identity.code_sent"
        CONSENTED = "identity.consented"
        CAPTURED = "identity.captured"
        CHECK_PASSED = "identity.passed"
        CHECK_FAILED = "identity.failed"
        EVIDENCE_BEGUN = "evidence.begun"
        EVIDENCE_SEALED = "evidence.sealed"
        EVIDENCE_FAILED = "evidence.failed"
        EVIDENCE_UPGRADED = "evidence.upgraded"
        EVIDENCE_UPGRADE_FAILED = "evidence.upgrade_failed"
        FILE_UPLOADED = "file.uploaded"
        FILE_WITHDRAWN = "file.withdrawn"
        FILE_APPROVED = "file.approved"
        FILE_REJECTED = "file.rejected"
        FILE_RESET = "file.reset"
        HELD = "process.held"
        RELEASED = "process.released"
        ERASED = "participant.erased"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="events", db_index=False)
    process = models.ForeignKey("Process", models.PROTECT, related_name="events", db_index=False)
    sequence = models.IntegerField()
    kind = models.CharField(max_length=40, choices=Kind.choices)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor = models.CharField(max_length=254, blank=True)
    actor_name = models.CharField(max_length=200, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    # Hides what the commitments of the hash are about; null in events of the first form (``chain``).
    salt = models.BinaryField(max_length=chain.SALT_BYTES, null=True)
    # {"erasure": its public id, "actor": commitment, "data": commitment} of what was erased; null where nothing was.
    erased = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["process", "sequence"], name="event_order")]
        ordering = ["process", "sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind}"

    @classmethod
    def build(cls, process: "Process", kind: str, actor: Actor, data: dict[str, Any]) -> Self:
        """The next event of a process whose row the caller has locked; its hash covers everything in it."""
        event = cls(
            organization_id=process.organization_id,
            process=process,
            sequence=process.chain_length + 1,
            kind=kind,
            at=clock.now(),
            actor_kind=actor.kind,
            actor=actor.reference,
            actor_name=actor.name,
            ip=actor.ip[:45],
            user_agent=actor.user_agent[:300],
            data=data,
            previous=bytes(process.chain_head),
            salt=secrets.token_bytes(chain.SALT_BYTES),
        )
        event.hash = event.digest(process.public_id)
        return event

    def digest(self, process_id: str) -> bytes:
        """SHA-256 of ``canonical``."""
        return hashlib.sha256(self.canonical(process_id)).digest()

    def canonical(self, process_id: str) -> bytes:
        """What is hashed (``chain``)."""
        return chain.canonical(self, process_id)

    def is_intact(self, process_id: str, statements: Statements | None = None) -> bool:
        """Whether its hash is that of what it says, and what it no longer says was erased as a statement has it."""
        if self.erased is not None:
            if not chain.is_blank(self):
                return False
            if not (statements or Statements()).vouch(process_id, self):
                return False
            if self.salt is None:
                return True
        return bytes(self.hash) == self.digest(process_id)


def first_broken(process: "Process") -> int | None:
    """The sequence number of the first event that was changed, dropped, swapped or added; None when all hold."""
    return broken_among(process, process.events.order_by("sequence"))


def broken_among(process: "Process", events: Iterable[Event], statements: Statements | None = None) -> int | None:
    """The same, of the events that the process has, in their order."""
    statements = statements or Statements()
    previous, expected = b"", 0
    for event in events:
        expected += 1
        ours = event.organization_id == process.organization_id
        intact = ours and bytes(event.previous) == previous and event.is_intact(process.public_id, statements)
        if event.sequence != expected or expected > process.chain_length or not intact:
            return expected
        previous = bytes(event.hash)
    if expected != process.chain_length or previous != bytes(process.chain_head):
        return expected + 1
    return None
