"""What nobody needs any more: bytes of refused uploads, and temporary files of connections that were cut."""

import shutil
import time

from rubrica import clock
from rubrica.files import storage
from rubrica.files.models import UNUSED_FOR, Blob

BATCH = 1000


def purge_blobs() -> int:
    """Removes blobs that no row points at; gives how many. Looks at a bounded number, oldest first."""
    old = Blob.objects.filter(created_at__lt=clock.now() - UNUSED_FOR)
    for relation in Blob._meta.related_objects:
        column = relation.field.name
        named = relation.related_model._base_manager.filter(**{f"{column}__isnull": False})
        old = old.exclude(pk__in=named.values(column))
    return sum(blob.purge() for blob in old.order_by("pk")[:BATCH])


def sweep_incoming() -> int:
    """Removes what crashed requests and jobs left in the incoming folder; gives how many."""
    limit = time.time() - UNUSED_FOR.total_seconds()
    swept = 0
    for path in storage.incoming().iterdir():
        if path.stat().st_mtime < limit:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            swept += 1
    return swept
