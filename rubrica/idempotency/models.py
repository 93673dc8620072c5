"""Calls that carry an ``Idempotency-Key``: who runs one, and what was answered (contract/own.md §3).

A row is claimed by one conditional INSERT, so of many calls that come at once one goes on and the others see it. The
claim of a process that was killed ends by itself; while a body comes in it is renewed.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.db import connection, models
from django.db.models.functions import Now

from rubrica import clock
from rubrica.accounts.models import Organization

KEPT_FOR = timedelta(hours=24)
CLAIMED_FOR = timedelta(seconds=20)  # without a sign of life, which a call gives every few seconds
BATCH = 10_000  # rows of one deletion


@dataclass(frozen=True)
class Scope:
    """Whose keys they are: two organizations, and two kinds of credentials of one, never meet."""

    organization_id: int
    kind: str


@dataclass(frozen=True)
class Claim:
    """Who runs a call: the row, and a token that another claim of the same row replaces."""

    pk: int
    token: bytes

    def renew(self) -> None:
        self._held().update(claimed_at=Now())

    def finish(self, digest: bytes, status: int, answer: bytes) -> bool:
        """Keeps the answer; False when the claim was lost to another call in the meantime."""
        return self._held().update(digest=digest, status=status, answer=answer) == 1

    def acts(self) -> bool:
        """Called inside the transaction in which the call does its work: from its commit on nobody does it again.

        False when the claim was lost to another call; then that one does it, and this one must not."""
        return self._held().update(acted=True) == 1

    def release(self) -> None:
        """Frees the key after a call whose answer is not kept, unless it has done something."""
        self._held().filter(acted=False).delete()

    def _held(self) -> "models.QuerySet[KeyedCall]":
        return KeyedCall.objects.filter(pk=self.pk, claim=self.token, status=None)


class KeyedCall(models.Model):
    """One key of one scope. ``status`` is null while the call runs; then the sealed answer is in ``answer``.

    A call that has ``acted`` and never got to keep its answer is not run again: its answer is lost.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=255)
    claim = models.BinaryField(max_length=16)
    claimed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, null=True)
    status = models.SmallIntegerField(null=True)
    answer = models.BinaryField(null=True)
    acted = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "key"], name="keyed_call_once")]
        indexes = [models.Index(fields=["created_at"], name="keyed_call_oldest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @classmethod
    def claim_or_find(cls, scope: Scope, key: str) -> Claim | Self | None:
        """A claim where the key is free, else the row that holds it; None when that has just gone."""
        token = secrets.token_bytes(16)
        with connection.cursor() as cursor:
            terms = [KEPT_FOR.total_seconds(), CLAIMED_FOR.total_seconds()]
            cursor.execute(CLAIM, [scope.organization_id, scope.kind, key, token, *terms])
            claimed = cursor.fetchone()
        if claimed:
            return Claim(claimed[0], token)
        return cls.objects.filter(organization=scope.organization_id, kind=scope.kind, key=key).first()

    @property
    def runs(self) -> bool:
        return self.status is None and not self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whoever ran it died, or failed, between its work and its answer."""
        return self.status is None and self.acted and self.claimed_at <= clock.now() - CLAIMED_FOR


# The second half takes over what is free again: an answer that is too old, or a call whose process has died.
CLAIM = """
INSERT INTO idempotency_keyedcall AS held (organization_id, kind, key, claim, claimed_at, created_at)
VALUES (%s, %s, %s, %s, now(), now())
ON CONFLICT (organization_id, kind, key) DO UPDATE
   SET claim = excluded.claim, claimed_at = now(), created_at = now(), digest = NULL, status = NULL, answer = NULL,
       acted = false
 WHERE ((held.status IS NOT NULL OR held.acted) AND held.created_at <= now() - make_interval(secs => %s))
    OR (held.status IS NULL AND NOT held.acted AND held.claimed_at <= now() - make_interval(secs => %s))
RETURNING id
"""


def forget_old() -> int:
    """Removes answers that are replayed no more, oldest first and a bounded number; gives how many."""
    old = KeyedCall.objects.filter(created_at__lt=Now() - KEPT_FOR).order_by("created_at").values("pk")[:BATCH]
    return KeyedCall.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
