"""The ledger of an organization: one growing Merkle tree over the heads of its chains, and a signed head for each day.

Rows are added and never changed; the database refuses anything else (migration 0008).
"""

from django.db import models

from rubrica.accounts.models import Organization
from rubrica.processes.models.process import Process


class LedgerLeaf(models.Model):
    """How far the chain of a process had come at the end of a day; ``index`` counts from 0 within the organization."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    index = models.BigIntegerField()
    process = models.ForeignKey(Process, models.PROTECT, related_name="ledger_leaves", db_index=False)
    length = models.IntegerField()
    head = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["organization", "index"]
        constraints = [models.UniqueConstraint(fields=["organization", "index"], name="ledger_leaf_place")]
        indexes = [models.Index(fields=["process", "-index"], name="ledger_leaf_of_process")]

    def __str__(self) -> str:
        return f"{self.index}: process {self.process_id} at {self.length}"


class LedgerNode(models.Model):
    """A complete subtree: ``hash`` over the 2^level leaves from index · 2^level on; level 0 are the leaves' own."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", db_index=False)
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "level", "index"], name="ledger_node_place")]

    def __str__(self) -> str:
        return f"level {self.level}, {self.index}"


class LedgerHead(models.Model):
    """The tree at the end of a day (UTC) on which something was added: its size and root.

    ``covered`` is a position: every event that stands before it in the organization's feed is in the tree.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="ledger_heads", db_index=False)
    day = models.DateField()
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    covered = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["organization", "day"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "day"], name="ledger_head_of_day"),
            models.UniqueConstraint(fields=["organization", "size"], name="ledger_head_of_size"),
        ]
        indexes = [models.Index(fields=["made_at"], name="ledger_head_made")]

    def __str__(self) -> str:
        return f"{self.size} leaves on {self.day}"


class LedgerSignature(models.Model):
    """The organization's signature over a head: a detached CMS object (DER)."""

    head = models.OneToOneField(LedgerHead, models.PROTECT, related_name="signature")
    cms = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"signature of head {self.head_id}"


class LedgerTimestamp(models.Model):
    """What a timestamp server said about the signature of a head: an RFC 3161 token (DER)."""

    head = models.OneToOneField(LedgerHead, models.PROTECT, related_name="timestamp")
    token = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"timestamp of head {self.head_id}"
