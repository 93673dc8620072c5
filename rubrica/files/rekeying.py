"""Files that are in the storage already are brought to how they should lie there, one by one, while the service runs.

Each is read whole and hashed, written, and read again. The job and the command do the same; either may be broken off
and run again, and whoever reads meanwhile gets the same bytes before and after.
"""

import hashlib
from collections.abc import Iterator
from typing import IO, Any, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction

from rubrica.files import jobs, keys
from rubrica.files.encrypted import EncryptedStorage, owner
from rubrica.files.envelope import Changed
from rubrica.files.intake import CHUNK, IntakeRefused, collecting
from rubrica.files.models import Blob, lock
from rubrica.files.storage import OnDisk, storage

SAME, DONE, MISSING, BROKEN = "same", "done", "missing", "broken"
BATCH = 200
DAY = 24 * 3600  # seconds


def encrypted_storage() -> EncryptedStorage:
    """The installation's. Raises LookupError where there is no root key."""
    kept = storage()
    if not hasattr(kept, "encrypts"):
        raise LookupError("There is no root key, so nothing is encrypted here.")
    return cast(EncryptedStorage, kept)


def batches(after: int = 0, organization_id: int | None = None) -> Iterator[list[Blob]]:
    """All that is kept, in the order in which it came, and what comes while this runs."""
    while batch := list(_of(organization_id).filter(pk__gt=after, erased_at=None).order_by("pk")[:BATCH]):
        yield batch
        after = batch[-1].pk


def _of(organization_id: int | None) -> Any:
    return Blob.objects.all() if organization_id is None else Blob.objects.filter(organization_id=organization_id)


def bring(blob: Blob, kept: EncryptedStorage, *, dry_run: bool = False) -> str:
    """``kept.encrypts`` says how it should be: under the newest key of its organization, or plain."""
    key = blob.key
    try:
        if kept.key_of(key) == (keys.to_write(owner(key)).id if kept.encrypts else b""):
            if not dry_run:
                _note(blob, kept.encrypts)
            return SAME
        return DONE if dry_run else _brought(blob, kept)
    except FileNotFoundError:
        return MISSING
    except (Changed, keys.KeyGone, IntakeRefused):  # the last of them: nothing, or more than there should be
        return BROKEN


def _brought(blob: Blob, kept: EncryptedStorage) -> str:
    with kept.open(blob.key) as content, collecting(blob.size) as collector:
        while chunk := content.read(CHUNK):
            collector.write(chunk)
        arrived = collector.arrived()
        if arrived.sha256 != blob.sha256:
            return BROKEN
        if not kept.encrypts:
            _note(blob, False)
        with arrived.path.open("rb") as bytes_:
            kept.replace(blob.key, OnDisk(bytes_, str(arrived.path)))
    if not _settled(blob, kept):
        return SAME
    with kept.open(blob.key) as content:
        return DONE if digest(content) == blob.sha256 else BROKEN


def _settled(blob: Blob, kept: EncryptedStorage) -> bool:
    """False where it was purged or erased meanwhile: then it must not come back, unless somebody brought it again."""
    with transaction.atomic():
        lock(blob.key)
        if _note(blob, kept.encrypts):
            return True
        same = Blob.objects.filter(organization_id=blob.organization_id, sha256=blob.sha256, biometric=blob.biometric)
        if not same.filter(erased_at=None).exists():
            kept.delete(blob.key)
    return False


def _note(blob: Blob, encrypted: bool) -> bool:
    """Whether it is still there to be noted."""
    return Blob.objects.filter(pk=blob.pk, erased_at=None).update(encrypted=encrypted) == 1


def digest(content: "IO[bytes]") -> str:
    found = hashlib.sha256()
    while chunk := content.read(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def rotate(organization_id: int | None) -> list[str]:
    """A new key for what comes, and a job that brings everything under it; gives the keys that are replaced."""
    with transaction.atomic():
        replaced = [str(key_id) for key_id in keys.rotate(organization_id)]
        _soon(organization_id, replaced)
    keys.forget_known()
    return replaced


def take_up_again() -> None:
    """Retired keys whose job has stopped at a file that could not be read."""
    for organization_id, replaced in keys.retired().items():
        _soon(organization_id, [str(key_id) for key_id in replaced])


def _soon(organization_id: int | None, replaced: list[str]) -> None:
    # Not at once: other processes write under the old one for as long as they go on with what they have read.
    jobs.later(2 * int(keys.FRESH), organization_id=organization_id, replaced=replaced)


def go_on(organization_id: int | None, replaced: list[str], after: int, last: bool) -> None:
    """A batch, and then the next one. A day after the end all of it is looked at once more, since an upload may have
    begun under the old keys; then these are dropped, unless something could not be read."""
    kept = encrypted_storage().always()
    batch = next(batches(after, organization_id), [])
    outcomes = [_under_the_newest(blob, kept) for blob in batch]
    if last and not {MISSING, BROKEN}.isdisjoint(outcomes):
        return  # The old keys stay, and `rubrica encrypt-storage` names what is wrong.
    if batch:
        jobs.later(0, organization_id=organization_id, replaced=replaced, after=batch[-1].pk, last=last)
    elif last:
        for key_id in replaced:
            keys.drop(UUID(key_id))
    else:
        jobs.later(DAY, organization_id=organization_id, replaced=replaced, last=True)


def _under_the_newest(blob: Blob, kept: EncryptedStorage) -> str:
    """Where encryption was switched off meanwhile, what is plain stays so: the operator is about to drop the root."""
    if not settings.ENCRYPTION:
        try:
            if not kept.key_of(blob.key):
                return SAME
        except FileNotFoundError:
            return MISSING
    return bring(blob, kept)
