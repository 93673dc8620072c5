"""Immutable bytes and the tickets that let them in."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any, Self

from django.core.files import File
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Now

from rubrica import clock, database, figures
from rubrica.accounts.models import Organization
from rubrica.files.intake import Arrived
from rubrica.files.storage import storage

UNUSED_FOR = timedelta(days=1)  # longer than any request or job between keeping bytes and pointing at them
KEEPING = 7_305_804_402  # the number of the lock that a backup holds
PURGES = 3  # of the same bytes that may come between putting them and pointing at them, one after the other


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
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256", "biometric"], name="blob_once_a_class")
        ]
        indexes = [models.Index(fields=["created_at"], name="blob_oldest")]

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
        if not is_remote():
            with transaction.atomic():
                lock(key)
                put(key, arrived)
                return cls._row(organization, arrived, biometric)
        for _ in range(PURGES):
            # Minutes of network hold no lock, and no connection unless the caller is in a transaction.
            database.let_go()
            put(key, arrived)
            with transaction.atomic():
                lock(key)
                if storage().exists(key):  # A purge may have come in between.
                    return cls._row(organization, arrived, biometric)
        raise OSError("The storage loses what it is given.")

    @classmethod
    def _row(cls, organization: Organization, arrived: Arrived, biometric: bool) -> Self:
        blob, _ = cls.objects.get_or_create(
            organization=organization,
            sha256=arrived.sha256,
            biometric=biometric,
            defaults={"size": arrived.size, "media_type": arrived.media_type},
        )
        if blob.created_at < clock.now() - UNUSED_FOR / 2:
            # Young again: a purge must leave it alone until the caller has pointed at it.
            blob.created_at = clock.now()
            blob.save(update_fields=["created_at"])
        return blob

    def part(self, first: int, last: int) -> IO[bytes]:
        """Open at byte ``first``, for a reader who stops at ``last``. Raises FileNotFoundError as ``open`` does."""
        with _counted("read"):
            file: IO[bytes] = storage().part(self.key, first, last)
        return file

    def open(self) -> IO[bytes]:
        """Raises FileNotFoundError when the storage has lost the bytes."""
        with _counted("read"):
            file: IO[bytes] = storage().open(self.key)
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
    """Stores the bytes unless they are there."""
    if not storage().exists(key):
        put_into(storage(), key, arrived)


def put_into(kept: Any, key: str, arrived: Arrived) -> None:
    with arrived.path.open("rb") as bytes_:
        kept.save(key, _Temporary(bytes_, str(arrived.path)))


def is_remote() -> bool:
    """Whether bytes go over a network, which may take minutes."""
    return bool(getattr(storage(), "is_remote", False))


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


class _Temporary(File):  # type: ignore[type-arg]
    """A finished temporary file, which a local storage renames into place and any other copies."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        super().__init__(file, name=path)
        self._path = path

    def temporary_file_path(self) -> str:
        return self._path


class UploadTicket(models.Model):
    """Lets one request bring bytes for one thing, until a moment. Only a digest of its token is kept.

    Single use is the conditional UPDATE of ``claim``, judged by the database's clock at the arrival of the request.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="upload_tickets")
    purpose = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    digest = models.BinaryField(unique=True, max_length=32)
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "subject_id"], name="upload_ticket_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_id}"

    @classmethod
    def issue(cls, organization: Organization, purpose: str, subject_id: int, seconds: int) -> str:
        """Makes a ticket and gives its token of 256 random bits."""
        token = secrets.token_urlsafe(32)
        cls.objects.create(
            organization=organization,
            purpose=purpose,
            subject_id=subject_id,
            digest=hashlib.sha256(token.encode()).digest(),
            expires_at=Now() + timedelta(seconds=seconds),  # the clock that ``claim`` judges by
        )
        return token

    @classmethod
    def claim(cls, token: str, purpose: str) -> Self | None:
        """Takes the ticket for this request; None when it is unknown, expired or taken already."""
        digest = hashlib.sha256(token.encode()).digest()
        taken = cls.objects.filter(digest=digest, purpose=purpose, claimed_at=None, expires_at__gt=Now())
        if taken.update(claimed_at=Now()) != 1:
            return None
        return cls.objects.select_related("organization").get(digest=digest)

    @classmethod
    def used(cls, token: str, purpose: str) -> bool:
        digest = hashlib.sha256(token.encode()).digest()
        return cls.objects.filter(digest=digest, purpose=purpose, claimed_at__isnull=False).exists()

    def release(self) -> None:
        """Gives the ticket back after a transfer that stored nothing; its expiry stays."""
        type(self).objects.filter(pk=self.pk).update(claimed_at=None)


class PartialUpload(models.Model):
    """Bytes that come in pieces, for one thing: what has arrived stays when the connection is lost (partial.py)."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="partial_uploads")
    purpose = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    length = models.BigIntegerField()
    file_name = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=clock.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["purpose", "subject_id"], name="partial_upload_subject"),
            models.Index(fields=["created_at"], name="partial_upload_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.length} bytes)"

    @property
    def offset(self) -> int:
        """How many of the bytes have arrived and are on disk."""
        if self.completed_at is not None:
            return self.length
        return int(self.pieces.aggregate(arrived=models.Sum("size"))["arrived"] or 0)

    def complete(self) -> bool:
        """Claims the end for this request: of two that bring the last bytes one goes on."""
        return type(self).objects.filter(pk=self.pk, completed_at=None).update(completed_at=clock.now()) == 1


class Piece(models.Model):
    """Some bytes in the storage, there before this row is.

    That one piece begins at each byte is what keeps two requests apart: both may write, and one of them counts.
    """

    upload = models.ForeignKey(PartialUpload, models.CASCADE, related_name="pieces", db_index=False)
    start = models.BigIntegerField()
    size = models.BigIntegerField()
    key = models.CharField(max_length=100)

    class Meta:
        ordering = ["start"]
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="piece_once_at_a_byte")]

    def __str__(self) -> str:
        return f"{self.size} bytes from {self.start}"
