"""Where bytes are kept. A storage knows keys and bytes and nothing else; Django's interface is the contract."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

from rubrica.files import address

if TYPE_CHECKING:
    from rubrica.files.encrypted import EncryptedStorage
    from rubrica.files.s3 import S3Storage

INCOMING = "incoming"


def where() -> address.Folder | address.Bucket:
    """What is set."""
    return address.read(settings.STORAGE_URL, settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY)


def configured() -> "LocalStorage | S3Storage | EncryptedStorage":
    """Django's default storage."""
    return of(where())


def of(place: address.Folder | address.Bucket) -> "LocalStorage | S3Storage | EncryptedStorage":
    """Raises SystemExit with the remedy where the library for buckets is not installed."""
    if not (settings.ENCRYPTION or settings.ROOT_KEY_KMS or settings.ROOT_KEY_FILE.exists()):
        return _as_it_is(place)
    from rubrica.files.encrypted import EncryptedStorage

    return EncryptedStorage(_as_it_is(place), encrypts=settings.ENCRYPTION)


def _as_it_is(place: address.Folder | address.Bucket) -> "LocalStorage | S3Storage":
    if isinstance(place, address.Folder):
        return LocalStorage(place.path)
    try:
        from rubrica.files.s3 import S3Storage
    except ImportError as error:
        raise SystemExit(f"{address.NAME} names a bucket: install rubrica[s3] ({error}).") from None
    return S3Storage(place)


def incoming() -> Path:
    """The folder for bytes that are still arriving, and for copies that engines work on: beside the blobs, so that
    keeping them is one rename, or in the data directory where the blobs are not on this machine. Where they are
    encrypted an operator may want it in memory."""
    place = where()
    beside = place.path if isinstance(place, address.Folder) else Path(settings.DATA_DIR)
    path = Path(settings.SCRATCH_DIR or beside / INCOMING)
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
    return path


class OnDisk(File):  # type: ignore[type-arg]
    """A finished temporary file, which a local storage renames into place and any other copies."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        super().__init__(file, name=path)
        self._path = path

    def temporary_file_path(self) -> str:
        return self._path


class LocalStorage(FileSystemStorage):
    """Files on a local disk that are there after a power cut: synced, renamed into place, their folder synced."""

    is_remote = False

    def __init__(self, location: str | Path, **options: Any) -> None:
        super().__init__(location=location, file_permissions_mode=0o600, **options)

    def part(self, name: str, first: int, last: int | None) -> IO[bytes]:
        """Open at byte ``first``; what comes after ``last`` is there too, and the reader stops. Raises
        FileNotFoundError."""
        file: IO[bytes] = self.open(name)
        file.seek(first)
        return file

    def keys(self) -> Iterator[tuple[str, int]]:
        """Every key with its size; nothing of what is still arriving."""
        root = Path(self.location)
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.relative_to(root).parts[0] != INCOMING and not path.name.startswith("."):
                yield str(path.relative_to(root)), path.stat().st_size

    def replace(self, name: str, content: "File[Any]") -> str:
        """As ``save``, whatever is there under this name."""
        return self._save(name, content)

    def _save(self, name: str, content: "File[Any]") -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (hasattr(content, "temporary_file_path") and _renamed(content.temporary_file_path(), target)):
            _write_synced(target, content)
        # The first blob of an organization makes folders, and each is only as lasting as the one that names it.
        for parent in target.parents:
            sync_folder(parent)
            if parent == Path(self.location):
                break
        return name


def _renamed(source: str, target: Path) -> bool:
    """Not possible from disk to disk, which happens while files are moved to another storage."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _write_synced(target: Path, content: "File[Any]") -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.{id(content)}")
    try:
        with open(part, "wb", opener=_private) as file:
            for chunk in content.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(path: Path) -> None:
    """Makes names in ``path`` survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def storage() -> Any:
    return default_storage
