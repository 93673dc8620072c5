"""The keys under which files are encrypted: one for each organization, and one of the installation for the rest.

They lie in the database, wrapped by the root key, which does not. Whoever has the database and the storage has nothing
without it; and an organization whose keys are forgotten has no file that anybody could read.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models.functions import Now

from rubrica import clock, tenancy
from rubrica.accounts.models import Organization
from rubrica.files import roots
from rubrica.files.envelope import KEY, Key
from rubrica.web.errors import StorageAway

FRESH = 60.0  # seconds for which a process goes on with what it has read
KNOWN_TO_ALL = "A file names its key, some keys are the installation's, and what was read is known to all that comes."


class KeyGone(StorageAway):
    """The key of a file is not there: it was forgotten, or belongs to another database."""


class StorageKey(models.Model):
    """``wrapped`` is empty once it was forgotten. The newest of an organization writes; the others only open.

    The row is there for good before a byte is written with it, also where whoever writes is in a transaction that
    fails: so it is made on another connection, and its organization may be one that others do not see yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organization = models.ForeignKey(
        Organization, models.DO_NOTHING, null=True, db_constraint=False, related_name="storage_keys"
    )
    wrapped = models.BinaryField()
    root = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "files"

    def __str__(self) -> str:
        return f"{self.id} of {self.organization_id or 'the installation'}"

    @property
    def context(self) -> str:
        return f"storage key {self.id} of {self.organization_id or 0}"

    def wrap(self, secret: bytes, root: roots.Root) -> None:
        self.wrapped, self.root = root.wrap(secret, self.context), root.name

    def unwrap(self) -> bytes:
        """Raises KeyGone, RootAway."""
        if not self.wrapped:
            raise KeyGone("The key of this file was forgotten.")
        return roots.named(self.root).unwrap(bytes(self.wrapped), self.context)


@dataclass(frozen=True)
class _Known:
    key: Key
    wrapped: bytes
    read_at: float


_by_id: dict[bytes, _Known] = {}
_writing: dict[int | None, _Known] = {}
_making = threading.Lock()


def forget_known() -> None:
    """What this process has read: in tests, and where an operator has changed keys in this process."""
    _by_id.clear()
    _writing.clear()


def to_write(organization_id: int | None) -> Key:
    """The organization's newest key, made where there is none. Raises RootAway."""
    known = _writing.get(organization_id)
    if known is None or time.monotonic() - known.read_at > FRESH:
        with tenancy.every_organization(KNOWN_TO_ALL):
            row = _newest(organization_id) or _begun(organization_id)
        known = _writing[organization_id] = _read(row)
    return known.key


def secret(key_id: bytes) -> bytes:
    """Of the key of this id. Raises KeyGone, RootAway."""
    known = _by_id.get(key_id)
    if known is None or time.monotonic() - known.read_at > FRESH:
        with tenancy.every_organization(KNOWN_TO_ALL):
            row = StorageKey.objects.filter(pk=uuid.UUID(bytes=key_id)).first()
        if row is None:
            _by_id.pop(key_id, None)
            raise KeyGone("The key of this file is not in the database.")
        known = _read(row)
    return known.key.secret


def _read(row: StorageKey) -> _Known:
    """Opened once, and again only where it was wrapped anew: a key service is asked once a process."""
    before, wrapped = _by_id.get(row.pk.bytes), bytes(row.wrapped)
    if not wrapped:
        _by_id.pop(row.pk.bytes, None)
    # What is known stays known where a root key is away: it is needed again once the row is as it was.
    opened = before.key.secret if before is not None and before.wrapped == wrapped else row.unwrap()
    known = _by_id[row.pk.bytes] = _Known(Key(row.pk.bytes, opened), wrapped, time.monotonic())
    return known


def _newest(organization_id: int | None) -> StorageKey | None:
    return _live(organization_id).order_by("-created_at", "-pk").first()


def _live(organization_id: int | None) -> models.QuerySet[StorageKey]:
    found = StorageKey.objects.filter(retired_at=None).exclude(wrapped=b"")
    if organization_id is None:
        return found.filter(organization=None)
    return found.filter(organization_id=organization_id)


def _begun(organization_id: int | None) -> StorageKey:
    with _making:
        found = _newest(organization_id)
        if found is None:
            # A thread has a connection of its own, so that a transaction which fails takes no key with it.
            with ThreadPoolExecutor(1) as thread:
                found = thread.submit(_made, organization_id).result()
        return found


def _made(organization_id: int | None) -> StorageKey:
    try:
        with tenancy.every_organization(KNOWN_TO_ALL):
            if settings.ROOT_KEY_MAY_BEGIN and not roots.every() and not StorageKey.objects.exists():
                roots.begin(settings.ROOT_KEY_FILE)
            return _new(organization_id)
    finally:
        connection.close()


def _new(organization_id: int | None) -> StorageKey:
    row = StorageKey(organization_id=organization_id)
    row.wrap(os.urandom(KEY), roots.current())
    row.save(force_insert=True)
    return row


def rotate(organization_id: int | None) -> list[uuid.UUID]:
    """A new key writes from now on; gives those that it replaces, which open until nothing needs them any more."""
    with transaction.atomic():
        old = to_replace(organization_id)
        _new(organization_id)
        StorageKey.objects.filter(pk__in=old, retired_at=None).update(retired_at=Now())
    forget_known()
    return old


def to_replace(organization_id: int | None) -> list[uuid.UUID]:
    """All that open, also those that were retired earlier and could not be dropped."""
    whose = {"organization": None} if organization_id is None else {"organization_id": organization_id}
    found = StorageKey.objects.filter(**whose).exclude(wrapped=b"")
    return list(found.order_by("created_at", "pk").values_list("pk", flat=True))


def retired() -> dict[int | None, list[uuid.UUID]]:
    """Those that still open, by organization."""
    found: dict[int | None, list[uuid.UUID]] = {}
    for row in StorageKey.objects.filter(retired_at__isnull=False).exclude(wrapped=b""):
        found.setdefault(row.organization_id, []).append(row.pk)
    return found


def rewrap(told: Callable[[StorageKey], None] = lambda row: None) -> int:
    """Every key under the root that is current now; gives how many were under another. Raises RootAway.

    ``told`` is called with each, in the transaction that changes it.
    """
    root, count = roots.current(), 0
    for row in StorageKey.objects.exclude(root=root.name).exclude(wrapped=b""):
        before = bytes(row.wrapped)
        row.wrap(row.unwrap(), root)
        with transaction.atomic():
            # Conditional: one that was forgotten meanwhile does not come back.
            if StorageKey.objects.filter(pk=row.pk, wrapped=before).update(wrapped=row.wrapped, root=row.root):
                told(row)
                count += 1
    return count


def forget(organization_id: int) -> int:
    """For good: nothing of this organization that is encrypted can be read again, wherever a copy of it lies. Others
    processes go on for a minute. Gives how many keys it had."""
    count = StorageKey.objects.filter(organization_id=organization_id).exclude(wrapped=b"").update(
        wrapped=b"", retired_at=Now()
    )  # fmt: skip
    forget_known()
    return count


def drop(key_id: uuid.UUID) -> bool:
    """A retired key that nothing needs any more."""
    dropped, _ = StorageKey.objects.filter(pk=key_id, retired_at__isnull=False).delete()
    forget_known()
    return bool(dropped)


def begin_anew() -> None:
    """After a restore, whose files come plain out of the backup: the keys of the old storage open nothing here."""
    StorageKey.objects.all().delete()
    forget_known()
