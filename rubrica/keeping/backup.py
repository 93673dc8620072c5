"""``rubrica backup``: the database as it is at one moment, then every file that it names, and the secrets.

Files never change, so those that the database names at that moment can be copied at leisure while the service runs.
"""

import io
import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from rubrica import clock
from rubrica.files import storage
from rubrica.files.address import Folder
from rubrica.files.envelope import Changed
from rubrica.files.keys import KeyGone
from rubrica.files.models import KEEPING
from rubrica.keeping import database, places
from rubrica.keeping.places import ABOUT, BLOBS, COMPLETE, DATA, DATABASE, FORMAT, LIST, VERSION, Refused, Writer
from rubrica.keeping.progress import Progress

# Of the data directory: what is saved in another way, or means nothing on another machine.
LEFT_OUT = {
    "postgres", "postgres.users", "postgres.lock", "incoming", "cache", "metrics", "restoring.json", "root.key",
    "saving",
}  # fmt: skip
CHUNK = 1 << 20


class Vanished(Exception):
    """A file of the data directory went since it was listed."""


@dataclass
class Report:
    created_at: str
    files: int = 0
    bytes: int = 0
    new_files: int = 0
    new_bytes: int = 0
    database_bytes: int = 0
    secrets: list[str] = field(default_factory=list)
    encrypted: bool = False
    dry_run: bool = False
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # they do not open, or have another size than they should

    @property
    def ok(self) -> bool:
        return not (self.missing or self.broken)

    def in_words(self) -> Iterator[str]:
        done = "There would be" if self.dry_run else "Saved:"
        yield f"{done} {self.files} files of {self.bytes} bytes, and a database of {self.database_bytes} bytes."
        yield f"New among them: {self.new_files} files of {self.new_bytes} bytes."
        if self.secrets:
            yield f"With it: {', '.join(self.secrets)} of the data directory. Whoever has the backup has them."
        if "secret.key" not in self.secrets:
            yield "Not with it: RUBRICA_SECRET_KEY. Keep it apart; without it nothing can be sealed after a restore."
        if not self.encrypted:
            yield "It is not encrypted: keep it as safe as the server itself."
        yield from (f"MISSING in the storage: {key}" for key in self.missing)
        yield from (f"BROKEN in the storage, and not saved: {key}" for key in self.broken)


def back_up(url: str, target: str, passphrase: str, *, dry_run: bool) -> Report:
    """Raises Refused, and OSError where the target cannot be written."""
    _check_place(target)
    if settings.ENCRYPTION and not passphrase:
        raise Refused("Files are encrypted here, and a backup has them plain: give it a passphrase of its own.")
    report = Report(_now(), encrypted=bool(passphrase), dry_run=dry_run)
    with database.alone(url, KEEPING) as connection, _room() as folder:
        dump, listed = folder / DATABASE, folder / LIST
        with database.moment(url, connection) as moment:
            moment.dump(dump)
            report.files, report.bytes = moment.list_blobs(listed)
        report.database_bytes = dump.stat().st_size
        report.secrets = sorted(name for name, _ in _data_files())
        if dry_run:
            report.new_files, report.new_bytes = _count_new(target, passphrase, listed, report)
        else:
            _write(target, passphrase, dump, listed, report)
    return report


@contextmanager
def _room() -> Iterator[Path]:
    """For the dump, which may be too large for a scratch folder in memory. What a killed backup left in it goes."""
    folder = _data_dir() / "saving"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _now() -> str:
    return clock.now().strftime("%Y%m%dT%H%M%SZ")


def _check_place(target: str) -> None:
    """A backup inside of what it saves would save itself, and be lost with it. Raises Refused."""
    if target == places.STDIO:
        return
    path = Path(target).resolve()
    for folder in (_data_dir(), _storage_folder()):
        if folder and folder in (path, *path.parents):
            raise Refused(f"{path} lies in {folder}, which is what is saved: choose a place outside of it.")


def _data_dir() -> Path:
    return Path(settings.DATA_DIR).resolve()


def _storage_folder() -> Path | None:
    kept = storage.where()
    return kept.path.resolve() if isinstance(kept, Folder) else None


def _data_files() -> Iterator[tuple[str, Path]]:
    """Nothing is walked that is left out: there may be millions of files, which come and go meanwhile."""
    root, kept = _data_dir(), _storage_folder()
    if kept in (root, *root.parents):
        return
    for folder, folders, files in os.walk(root, onerror=_unless_vanished):
        at = Path(folder)
        left_out = LEFT_OUT if at == root else set()
        folders[:] = sorted(name for name in folders if name not in left_out and at / name != kept)
        for name in sorted(set(files) - left_out):
            with suppress(FileNotFoundError):  # gone since it was listed
                if stat.S_ISREG((at / name).lstat().st_mode):
                    yield str((at / name).relative_to(root)), at / name


def _unless_vanished(error: OSError) -> None:
    """What cannot be read must not be missing in silence."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _count_new(target: str, passphrase: str, listed: Path, report: Report) -> tuple[int, int]:
    """Of a folder that is there already; an archive is always new as a whole."""
    if not (places.is_folder(target) and (Path(target) / places.ROOT_FILE).exists()):
        return report.files, report.bytes
    with places.writing(target, report.created_at, passphrase) as writer:
        new = [size for size, key in _lines(listed) if not writer.has(BLOBS + key, size)]
    return len(new), sum(new)


def _write(target: str, passphrase: str, dump: Path, listed: Path, report: Report) -> None:
    with places.writing(target, report.created_at, passphrase) as writer:
        _add_bytes(writer, ABOUT, _about(dump, report))
        for name, path in _data_files():
            with suppress(Vanished):
                _add_file(writer, DATA + name, path)
        _add_file(writer, DATABASE, dump)
        _add_file(writer, LIST, listed)
        _add_blobs(writer, listed, report)
        # The last thing written: without it, it is not a backup.
        lost = report.missing + report.broken
        _add_bytes(writer, COMPLETE, {"files": report.files - len(lost), "missing": lost})


def _about(dump: Path, report: Report) -> dict[str, object]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "created_at": report.created_at,
        "rubrica": version("rubrica"),
        "machine": socket.gethostname(),
        "storage": str(storage.where()),
        **{name: value for name, value in asdict(report).items() if name in {"files", "bytes", "database_bytes"}},
    }


def _add_blobs(writer: Writer, listed: Path, report: Report) -> None:
    kept, progress = storage.storage(), Progress("Files", report.bytes)
    for size, key in _lines(listed):
        name = BLOBS + key
        if not writer.has(name, size):
            try:
                with _whole(kept, key, size) as content:
                    writer.add(name, size, content)
            except FileNotFoundError:
                report.missing.append(key)
            except (Changed, KeyGone):  # this one file; a storage that is away raises another StorageAway
                report.broken.append(key)
            else:
                report.new_files, report.new_bytes = report.new_files + 1, report.new_bytes + size
        progress.add(size)
    progress.end()


@contextmanager
def _whole(kept: Any, key: str, size: int) -> "Iterator[IO[bytes]]":
    """As long as it should be, and opened to its end: an entry of an archive cannot be taken back. Raises Changed."""
    if not hasattr(kept, "encrypts"):
        if kept.size(key) != size:
            raise Changed(key)
        with kept.open(key) as content:
            yield content
        return
    with tempfile.TemporaryFile(dir=storage.incoming()) as copy:
        with kept.open(key) as content:
            shutil.copyfileobj(content, copy, CHUNK)
        if copy.tell() != size:
            raise Changed(key)
        copy.seek(0)
        yield copy


def _lines(listed: Path) -> Iterator[tuple[int, str]]:
    with listed.open() as lines:
        for line in lines:
            size, key = line.split()
            yield int(size), key


def _add_bytes(writer: Writer, name: str, content: dict[str, object]) -> None:
    told = json.dumps(content, indent=1).encode()
    writer.add(name, len(told), io.BytesIO(told))


def _add_file(writer: Writer, name: str, path: Path) -> None:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise Vanished(name) from None
    with file:
        writer.add(name, os.fstat(file.fileno()).st_size, file)
