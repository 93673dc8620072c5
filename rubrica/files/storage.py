"""Where bytes are kept. A storage knows keys and bytes and nothing else; Django's interface is the contract."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage


def folder(url: str) -> Path:
    """The folder that a ``file://`` URL names. Raises SystemExit for schemes that are not served yet."""
    parts = urlsplit(url)
    if parts.scheme != "file" or not parts.path:
        raise SystemExit(f"RUBRICA_STORAGE_URL must be file:///absolute/folder, not {url!r}.")
    return Path(unquote(parts.path))


def incoming() -> Path:
    """The folder for bytes that are still arriving: beside the blobs, so that keeping them is one rename."""
    path = folder(settings.STORAGE_URL) / "incoming"
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
    return path


class LocalStorage(FileSystemStorage):
    """Files on a local disk that are there after a power cut: synced, renamed into place, their folder synced."""

    def __init__(self, location: str | Path | None = None, **options: Any) -> None:
        super().__init__(location=location or folder(settings.STORAGE_URL), file_permissions_mode=0o600, **options)

    def _save(self, name: str, content: "File[Any]") -> str:
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        if hasattr(content, "temporary_file_path"):
            os.replace(content.temporary_file_path(), target)
        else:
            _write_synced(target, content)
        # The first blob of an organization makes folders, and each is only as lasting as the one that names it.
        for parent in target.parents:
            sync_folder(parent)
            if parent == Path(self.location):
                break
        return name


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
