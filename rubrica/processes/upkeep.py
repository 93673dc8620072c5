"""What nobody needs any more: bytes of refused uploads, and temporary files of connections that were cut."""

import shutil
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, ForeignObjectRel, OuterRef, Q

from rubrica import clock
from rubrica.files import storage
from rubrica.files.models import UNUSED_FOR, Blob, UploadTicket
from rubrica.processes.models import IdentityCapture

BATCH = 1000


def purge_blobs() -> int:
    """Removes blobs that no row points at; gives how many. Looks at a bounded number, oldest first."""
    old = Blob.objects.filter(created_at__lt=clock.now() - UNUSED_FOR)
    for relation in Blob._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel):
            continue
        # One look into the index of each column for each blob, where NOT IN would read the whole table.
        named = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        old = old.filter(~Exists(named))
    return sum(blob.purge() for blob in old.order_by("created_at")[:BATCH])


def forget_tickets() -> int:
    """Removes upload tickets that have been dead for a day; gives how many."""
    return UploadTicket.objects.filter(expires_at__lt=clock.now() - UNUSED_FOR).delete()[0]


def erase_captures() -> int:
    """Lets go of pictures whose process ended ``RUBRICA_BIOMETRIC_DAYS`` ago, or is open and has not moved for so long;
    gives how many. The bytes go with the next purge; digests, results and history stay."""
    if settings.BIOMETRIC_DAYS <= 0:
        return 0
    limit = clock.now() - timedelta(days=settings.BIOMETRIC_DAYS)
    # Nobody's process can have ended before it began, so the partial index on the kept ones bounds the look.
    process = "check_row__participant__process__"
    ended = Q(**{process + "ended_at__lt": limit})
    forgotten = Q(**{process + "ended_at": None, process + "updated_at__lt": limit})
    old = IdentityCapture.objects.filter(ended | forgotten, erased_at=None, created_at__lt=limit)
    chosen = list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])
    kept = IdentityCapture.objects.filter(pk__in=chosen)
    return kept.update(original=None, redrawn=None, erased_at=clock.now())


def sweep_incoming() -> int:
    """Removes what crashed requests and jobs left in the incoming folder; gives how many."""
    limit = time.time() - UNUSED_FOR.total_seconds()
    swept = 0
    for path in storage.incoming().iterdir():
        if path.stat().st_mtime < limit:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            swept += 1
    return swept
