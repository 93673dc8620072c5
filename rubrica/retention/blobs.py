"""Bytes that nobody may have any more, unless something else that is kept refers to the same ones."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import models
from django.db.models import Count, Exists, ForeignObjectRel, OuterRef, Q, Sum

from rubrica import clock
from rubrica.files.models import UNUSED_FOR, Blob
from rubrica.processes.models import Erasure

log = logging.getLogger(__name__)
BATCH = 200
TURN = 60  # seconds that one turn of the wiping may take
ASKED_LATELY = timedelta(days=3)  # erasures whose bytes go before those of the clock

# From what refers to bytes to the process that it belongs to; what is not here keeps its bytes, whatever the process.
PROCESS = {
    "processes.Document": "process",
    "processes.SignedRevision": "document__process",
    "processes.Evidence": "process",
    "processes.Submission": "requested_file__process",
    "processes.Signature": "participant__process",
    "processes.IdentityCapture": "check_row__participant__process",
    "completing.Completion": "process",
}
Spared = Callable[[str, str], Q]  # rows of this model, by the way to their process, that keep nothing


@cache
def references() -> list[tuple[type[models.Model], str]]:
    """Every column of the database that names a blob."""
    found = Blob._meta.get_fields(include_hidden=True)
    return [(one.related_model, one.field.name) for one in found if isinstance(one, ForeignObjectRel)]


def old() -> Q:
    """Blobs that nobody can be about to point at: a row of a blob is there before whatever it was kept for."""
    return Q(created_at__lt=clock.now() - UNUSED_FOR)


def erasable(
    ids: "Iterable[int] | models.QuerySet[Any, int]", spared: Spared, *, young: bool = False
) -> "models.QuerySet[Blob]":
    """Those of these that only rows refer to which are spared from keeping them; ``young`` ones only where ``wipe``
    looks again."""
    chosen = ids if isinstance(ids, models.QuerySet) else list(ids)
    found = Blob.objects.filter(Q() if young else old(), pk__in=chosen, erased_at=None)
    for model, column in references():
        rows = model._base_manager.filter(**{column: OuterRef("pk")})
        if (path := PROCESS.get(model._meta.label)) is not None:
            rows = rows.exclude(spared(model._meta.label, path))
        found = found.filter(~Exists(rows))
    return found


def erase(ids: Iterable[int], spared: Spared) -> int:
    """Marks them, in the transaction of the reason; ``wipe`` takes the bytes. Gives how many."""
    chosen = list(erasable(ids, spared).values_list("pk", flat=True))
    # Kept once more since, it is young: the row is judged again when the lock on it is there.
    return Blob.objects.filter(old(), pk__in=chosen, erased_at=None).update(erased_at=clock.now())


def weighed(found: "models.QuerySet[Blob]") -> tuple[int, int]:
    """How many, and their bytes."""
    told = found.aggregate(count=Count("pk"), size=Sum("size"))
    return told["count"], told["size"] or 0


def wipe(within: float = TURN) -> int:
    """Takes the bytes of what was erased out of the storage; gives how many. What fails is tried again next time.

    Young ones wait, and whoever pointed at one meanwhile has its bytes back.
    """
    end, gone = time.monotonic() + within, 0
    for batch in _waiting():
        claimed = _given_back(batch)
        gone += sum(_wiped(blob) for blob in batch if blob.pk not in claimed)
        if time.monotonic() > end:
            break
    return gone


def _waiting() -> Iterator[list[Blob]]:
    """What somebody asked for first: nobody waits behind a year of the clock's."""
    waiting = Blob.objects.filter(old(), erased_at__isnull=False, wiped_at=None)
    for erasure in Erasure.objects.filter(made_at__gt=clock.now() - ASKED_LATELY).order_by("pk").iterator(50):
        digests = [file["sha256"] for one in erasure.told["processes"] for file in one["files"]]
        for first in range(0, len(digests), BATCH):
            some = digests[first : first + BATCH]
            yield list(waiting.filter(organization_id=erasure.organization_id, sha256__in=some))
    last = 0
    while batch := list(waiting.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _given_back(batch: list[Blob]) -> set[int]:
    """Those that something has come to need since they were marked: a row of no process, or of one that had not ended.
    They are not erased any more."""
    needed = Q()
    for model, column in references():
        rows = model._base_manager.filter(**{column: OuterRef("pk")})
        if (path := PROCESS.get(model._meta.label)) is not None:
            ended = f"{path}__ended_at"
            rows = rows.filter(Q(**{ended: None}) | Q(**{f"{ended}__gt": OuterRef("erased_at")}))
        needed |= Q(Exists(rows))
    mine = Blob.objects.filter(needed, pk__in=[blob.pk for blob in batch])
    found = set(mine.values_list("pk", flat=True))
    if found:
        Blob.objects.filter(pk__in=found, wiped_at=None).update(erased_at=None)
    return found


def _wiped(blob: Blob) -> bool:
    """One that cannot go keeps no other from going."""
    try:
        return blob.wipe()
    except Exception:
        log.exception("The bytes of blob %s could not be wiped", blob.pk)
        return False
