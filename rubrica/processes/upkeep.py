"""What nobody needs any more: bytes of refused uploads, and temporary files of connections that were cut."""

import shutil
import time

from django.db.models import Exists, ForeignObjectRel, OuterRef

from rubrica import clock
from rubrica.files import storage
from rubrica.files.models import UNUSED_FOR, Blob, UploadTicket

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


def sweep_incoming() -> int:
    """Removes what crashed requests and jobs left in the incoming folder; gives how many."""
    limit = time.time() - UNUSED_FOR.total_seconds()
    swept = 0
    for path in storage.incoming().iterdir():
        if path.stat().st_mtime < limit:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            swept += 1
    return swept
