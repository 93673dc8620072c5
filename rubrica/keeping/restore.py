"""``rubrica restore``: a backup onto a machine that is empty, and then a look at everything that came.

The order is that of the entries: secrets, database, files. A file says that a restore has begun, until it has ended:
so one that was interrupted can be run again, and nothing serves half of it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from rubrica import environment
from rubrica.keeping import database, places
from rubrica.keeping.cipher import Unreadable
from rubrica.keeping.places import ABOUT, BLOBS, COMPLETE, DATA, DATABASE, FORMAT, KEY, LIST, VERSION, Refused
from rubrica.keeping.progress import Progress

MARK = "restoring.json"
SECRET = "secret.key"  # noqa: S105  the name of a file
CHUNK = 1 << 20


@dataclass
class Report:
    created_at: str = ""
    files: int = 0
    bytes: int = 0
    broken: list[str] = field(default_factory=list)  # other bytes than their name says; they were not stored
    missing: list[str] = field(default_factory=list)  # the database names them, and the backup has not got them
    seals: int = 0
    not_intact: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        return not (self.broken or self.missing or self.not_intact or self.history)

    def in_words(self) -> Iterator[str]:
        what = "The backup can be read to its end" if self.dry_run else "Restored is the backup"
        yield f"{what}: it is of {self.created_at}, with {self.files} files of {self.bytes} bytes, each hashed again."
        if not self.dry_run:
            yield f"{self.seals} seals were verified; {len(self.not_intact)} of them are not intact."
        yield from (f"BROKEN, and not restored: {key}" for key in self.broken)
        yield from (f"MISSING in the backup: {key}" for key in self.missing)
        yield from (f"SEAL NOT INTACT: {name}" for name in self.not_intact)
        yield from (f"HISTORY: {sentence}" for sentence in self.history)


@dataclass
class Machine:
    """What the command line lends: where the data go, how the database is held up, Django and the tables are made."""

    data_dir: Path
    database: Callable[[], AbstractContextManager[None]]
    url: Callable[[], str]
    django: Callable[[], None]
    migrate: Callable[[], None]


def restore(source: str, passphrase: str, machine: Machine) -> Report:
    """Raises Refused where something is there already, and Unreadable for a backup that is damaged or cut."""
    with ExitStack() as held, places.reading(source, passphrase) as entries:
        coming = Coming(machine, held)
        for name, _, content in entries:
            coming.take(name, content)
        coming.check_whole()
        machine.migrate()
        _look(coming.report)
        (machine.data_dir / MARK).unlink()
    return coming.report


def read_through(source: str, passphrase: str) -> Report:
    """Hashes everything and writes nothing."""
    report, complete = Report(dry_run=True), False
    with places.reading(source, passphrase) as entries:
        for name, _, content in entries:
            if name == ABOUT:
                report.created_at = _about(content)["created_at"]
            elif name.startswith(BLOBS):
                _count(report, name, hashlib.file_digest(content, "sha256").hexdigest(), content.tell())  # type: ignore[arg-type]
            elif name == COMPLETE:
                end, complete = json.load(content), True
                lost = end["files"] - report.files
                report.missing = end["missing"] + ([f"{lost} files that were in it"] if lost else [])
            else:
                shutil.copyfileobj(content, _Nowhere(), CHUNK)
    if not complete:
        raise Unreadable(CUT)
    return report


CUT = "The backup ends too early: it was not finished, or its end is missing."


class _Nowhere:
    def write(self, data: bytes) -> int:
        return len(data)


def _about(content: "IO[bytes]") -> dict[str, Any]:
    about: dict[str, Any] = json.load(content)
    if (about.get("format"), about.get("version")) != (FORMAT, VERSION):
        raise Refused("This is no backup of a version that can be read here.")
    return about


def _count(report: Report, name: str, sha256: str, size: int) -> bool:
    """Whether the bytes are those that the name says."""
    key = KEY.fullmatch(name.removeprefix(BLOBS))
    report.files, report.bytes = report.files + 1, report.bytes + size
    if key is None or key[1] != sha256:
        report.broken.append(name.removeprefix(BLOBS))
        return False
    return True


class Coming:
    """Takes the entries as they come; each has its place."""

    def __init__(self, machine: Machine, held: ExitStack) -> None:
        self._machine, self._held, self.report = machine, held, Report()
        self._again = self._complete = False
        self._progress = Progress("Files", 0)

    def take(self, name: str, content: "IO[bytes]") -> None:
        if name == ABOUT:
            self._begin(_about(content))
        elif not self.report.created_at:
            raise Refused("This is no backup of Rubrica.")
        elif name.startswith(DATA):
            self._data_file(name.removeprefix(DATA), content)
        elif name == DATABASE:
            self._database(content)
        elif name.startswith(BLOBS):
            self._blob(name, content)
        elif name == LIST:
            with self._listed.open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK)
        elif name == COMPLETE:
            self._complete = True

    @property
    def _listed(self) -> Path:
        return self._machine.data_dir / "restoring.list"

    def check_whole(self) -> None:
        """That the backup has ended, and that every file that the database names is here."""
        from rubrica.files.storage import storage

        self._progress.end()
        if not self._complete:
            raise Unreadable(CUT)
        with self._listed.open() as lines:
            keys = (line.split()[1] for line in lines)
            self.report.missing = [key for key in keys if key not in self.report.broken and not storage().exists(key)]
        self._listed.unlink()

    def _begin(self, about: dict[str, Any]) -> None:
        root, self.report.created_at = self._machine.data_dir, about["created_at"]
        mark = root / MARK
        if mark.exists():
            self._again = mark.read_text() == about["created_at"]
            if not self._again:
                raise Refused(f"In {root} the restore of another backup was begun: empty that folder first.")
        elif root.exists() and any(root.iterdir()):
            raise Refused(f"{root} is not empty. A backup is restored onto an empty machine.")
        root.mkdir(parents=True, exist_ok=True)
        mark.write_text(about["created_at"])
        self._progress = Progress("Files", about["bytes"])

    def _data_file(self, name: str, content: "IO[bytes]") -> None:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise Refused(f"The backup has a name that leads outside: {name}")
        target, found = self._machine.data_dir / path, content.read()
        set_ = environment.text("RUBRICA_SECRET_KEY")
        if name == SECRET and set_ and set_.encode() != found.strip():
            raise Refused("RUBRICA_SECRET_KEY is set to another secret than that of the backup: unset it.")
        target.parent.mkdir(parents=True, exist_ok=True)
        # For its owner alone, whatever the file holds: keys lie among them.
        with open(target, "wb", opener=lambda at, flags: os.open(at, flags, 0o600)) as file:
            os.fchmod(file.fileno(), 0o600)  # also where an earlier try has left it
            file.write(found)

    def _database(self, content: "IO[bytes]") -> None:
        if not (environment.text("RUBRICA_SECRET_KEY") or (self._machine.data_dir / SECRET).exists()):
            raise Refused("The backup has no secret.key: set RUBRICA_SECRET_KEY to that of the old machine.")
        self._held.enter_context(self._machine.database())
        url = self._machine.url()
        self._machine.django()
        if not self._again:
            _check_storage()
        elif not database.is_empty(url):
            self._prepare_storage()
            return  # It came whole or not at all, so it is the one that an earlier try has restored.
        if not database.is_empty(url):
            raise Refused("The database is not empty. A backup is restored into an empty one.")
        dump = self._machine.data_dir / "restoring.dump"
        try:
            with dump.open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK)
            database.restore(url, dump)
        finally:
            dump.unlink(missing_ok=True)
        self._prepare_storage()

    def _prepare_storage(self) -> None:
        """A backup has its files plain, and they lie here as they should here: under keys made now, if any."""
        from django.conf import settings

        from rubrica.files import keys
        from rubrica.files.models import Blob
        from rubrica.files.storage import storage

        self._machine.migrate()  # the dump may be of a version that knew less
        if next(iter(storage().keys()), None) is None:
            keys.begin_anew()
        Blob.objects.exclude(encrypted=settings.ENCRYPTION).update(encrypted=settings.ENCRYPTION)

    def _blob(self, name: str, content: "IO[bytes]") -> None:
        from rubrica.files import intake
        from rubrica.files.models import put

        with intake.collecting(limit=1 << 62) as collector:
            while chunk := content.read(CHUNK):
                collector.write(chunk)
                self._progress.add(len(chunk))
            if not collector.size:
                _count(self.report, name, "", 0)  # no file of ours is empty
                return
            arrived = collector.arrived()
            if _count(self.report, name, arrived.sha256, arrived.size):
                put(name.removeprefix(BLOBS), arrived)


def _check_storage() -> None:
    from rubrica.files.storage import storage, where

    if next(iter(storage().keys()), None) is not None:
        raise Refused(f"The storage {where()} is not empty. A backup is restored into an empty one.")


def _look(report: Report) -> None:
    """Every seal and every chain of events, as they are here now."""
    from rubrica.processes.ledger.checking import check
    from rubrica.processes.models import Document, Evidence

    sealed = Document.objects.filter(sealed__isnull=False, sealed__erased_at=None).select_related("sealed")
    proofs = Evidence.objects.filter(pdf__isnull=False, pdf__erased_at=None).select_related("pdf")
    papers = [(found.code, found.sealed) for found in sealed.iterator(500)]
    papers += [(f"evidence of {found.process_id}", found.pdf) for found in proofs.iterator(500)]
    progress = Progress("Seals", len(papers), "")
    for name, blob in papers:
        report.seals += 1
        if not _is_intact(blob):
            report.not_intact.append(name)
        progress.add(1)
    progress.end()
    report.history = [fault.sentence for fault in check([]).faults]


def _is_intact(blob: Any) -> bool:
    from rubrica import verifying
    from rubrica.files.access import local_path

    try:
        with local_path(blob) as path:
            return bool(verifying.examined(path)["intact"])
    except FileNotFoundError:
        return False
