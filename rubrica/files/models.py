"""Immutable bytes and the tickets that let them in."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any, Self

from django.db import IntegrityError, connection, models, transaction
from django.dispatch import Signal

from rubrica import clock, database, figures
from rubrica.accounts.models import Organization
from rubrica.files.intake import Arrived
from rubrica.files.keys import StorageKey
from rubrica.files.pieces import PartialUpload, Piece
from rubrica.files.storage import OnDisk, storage
from rubrica.files.tickets import UploadTicket
from rubrica.web.errors import FileErased, StorageAway

__all__ = ["Blob", "FileErased", "PartialUpload", "Piece", "StorageKey", "UploadTicket"]  # the tables of this room

UNUSED_FOR = timedelta(days=1)  # longer than any request or job between keeping bytes and pointing at them
KEEPING = 7_305_804_402  # the number of the lock that a backup holds
PURGES = 3  # of the same bytes that may come between putting them and pointing at them, one after the other


wiped = Signal()  # with ``blob``: whoever made something of its bytes lets go of that too


class Blob(models.Model):
    """Bytes of one organization, named by their SHA-256 and never changed: a copy is another row that points here.

    ``biometric`` marks pictures of faces and identity cards. They lie apart even where the same bytes came as a file
    too, so that erasing them leaves that file alone, and a backup or a disk rule can tell them by their key.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="blobs", db_index=False)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    biometric = models.BooleanField(default=False, db_default=False)
    # Once it is set, bytes that come plain out of the storage are not ours. The file may be encrypted before the row
    # says so, and the row stops saying so before the file is plain.
    encrypted = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=clock.now)
    # From here on nobody gets the bytes, which go a moment later; what they were stays, for history and evidence.
    erased_at = models.DateTimeField(null=True)
    wiped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256", "biometric"], name="blob_once_a_class")
        ]
        indexes = [
            models.Index(fields=["created_at"], name="blob_oldest"),
            models.Index(
                fields=["erased_at"], condition=models.Q(erased_at__isnull=False, wiped_at=None), name="blob_to_wipe"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.size} bytes)"

    @property
    def key(self) -> str:
        return storage_key(self.organization_id, self.sha256, self.biometric)

    @classmethod
    def keep(cls, organization: Organization, arrived: Arrived, *, biometric: bool = False) -> Self:
        """Puts the bytes in the storage, then the row in the caller's transaction.

        The bytes come first, so a row never names bytes that are not there. The lock keeps a purge of the same
        bytes from running in between.
        """
        with _counted("write"):
            return cls._kept(organization, arrived, biometric)

    @classmethod
    def _kept(cls, organization: Organization, arrived: Arrived, biometric: bool) -> Self:
        key = storage_key(organization.pk, arrived.sha256, biometric)
        if not takes_time():
            with transaction.atomic():
                lock(key)
                put(key, arrived)
                return cls._row(organization, arrived, biometric)
        for _ in range(PURGES):
            # Minutes of network, or a second of encryption, hold no lock, and no connection unless the caller is in a
            # transaction.
            database.let_go()
            put(key, arrived)
            with transaction.atomic():
                lock(key)
                if storage().exists(key):  # A purge may have come in between.
                    return cls._row(organization, arrived, biometric)
        raise OSError("The storage loses what it is given.")

    @classmethod
    def _row(cls, organization: Organization, arrived: Arrived, biometric: bool) -> Self:
        encrypted = bool(getattr(storage(), "encrypts", False))
        blob, _ = cls.objects.get_or_create(
            organization=organization,
            sha256=arrived.sha256,
            biometric=biometric,
            defaults={"size": arrived.size, "media_type": arrived.media_type, "encrypted": encrypted},
        )
        if encrypted and not blob.encrypted:
            blob.encrypted = True
            blob.save(update_fields=["encrypted"])
        if blob.erased_at is not None:  # The same bytes came again, and are somebody's once more.
            blob.erased_at = blob.wiped_at = None
            blob.save(update_fields=["erased_at", "wiped_at"])
        if blob.created_at < clock.now() - UNUSED_FOR / 2:
            # Young again: a purge must leave it alone until the caller has pointed at it.
            blob.created_at = clock.now()
            blob.save(update_fields=["created_at"])
        return blob

    def wipe(self) -> bool:
        """Removes the bytes of what was erased; says whether it did. Not while a backup counts on them."""
        with transaction.atomic():
            lock(self.key)
            mine = Blob.objects.filter(pk=self.pk, erased_at__isnull=False, wiped_at=None)
            if _is_being_copied() or mine.update(wiped_at=clock.now()) != 1:
                return False
            with _counted("delete"):
                storage().delete(self.key)
        wiped.send(sender=Blob, blob=self)
        return True

    def check_kept(self) -> None:
        """Raises FileErased."""
        if self.erased_at is not None:
            raise FileErased(2, "This file was erased", self.key)

    def part(self, first: int, last: int) -> IO[bytes]:
        """Open at byte ``first``, for a reader who stops at ``last``. Raises FileNotFoundError as ``open`` does."""
        self.check_kept()
        with _counted("read"):
            return self._part(first, last)

    def open(self) -> IO[bytes]:
        """Raises FileNotFoundError when the storage has lost the bytes."""
        self.check_kept()
        with _counted("read"):
            if self.encrypted:
                return self._part(0, None)
            file: IO[bytes] = storage().open(self.key)
        return file

    def _part(self, first: int, last: int | None) -> IO[bytes]:
        kept, how = storage(), {}
        if self.encrypted:
            if not hasattr(kept, "encrypts"):
                raise StorageAway("This file is encrypted, and no root key is set.")
            how = {"plain": False}
        file: IO[bytes] = kept.part(self.key, first, last, **how)
        return file

    def purge(self) -> bool:
        """Removes row and bytes unless something points at them or they came again lately; says whether it did."""
        key = self.key
        with transaction.atomic():
            if _is_being_copied():
                return False
            lock(key)
            if not Blob.objects.filter(pk=self.pk, created_at__lt=clock.now() - UNUSED_FOR).exists():
                return False
            try:
                with transaction.atomic():
                    self.delete()
                    # Foreign keys are deferred to the commit, and a refusal then would come after the bytes are gone.
                    connection.check_constraints()
            except (models.ProtectedError, IntegrityError):
                return False
            # Inside the lock and before the commit: a crash here leaves a row that nothing points at.
            with _counted("delete"):
                storage().delete(key)
        return True


@contextmanager
def _counted(operation: str) -> Iterator[None]:
    """Operators see by ``/metrics`` that a disk or a bucket refuses, before anybody calls them."""
    try:
        yield
    except OSError:
        figures.storage_errors.labels(operation).inc()
        raise


def put(key: str, arrived: Arrived) -> None:
    """Stores the bytes unless they are there, and as they should be."""
    kept = storage()
    if not getattr(kept, "holds", kept.exists)(key):
        put_into(kept, key, arrived)


def put_into(kept: Any, key: str, arrived: Arrived) -> None:
    with arrived.path.open("rb") as bytes_:
        kept.save(key, OnDisk(bytes_, str(arrived.path)))


def is_remote() -> bool:
    """Whether bytes go over a network, which may take minutes."""
    return bool(getattr(storage(), "is_remote", False))


def takes_time() -> bool:
    """Whether keeping a file is more than a rename."""
    return is_remote() or bool(getattr(storage(), "encrypts", False))


def storage_key(organization_id: int, sha256: str, biometric: bool = False) -> str:
    """Organizations share no key, so that one's erasure never touches another's bytes."""
    return f"{organization_id}/{'biometric/' if biometric else ''}{sha256[:2]}/{sha256}"


def _is_being_copied() -> bool:
    """Whether a backup or a move works through the list of all files, of which none may go meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [KEEPING])
        row = cursor.fetchone()
    return row is not None and not row[0]


def lock(key: str) -> None:
    """Holds whoever else works on this key until the transaction ends."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
