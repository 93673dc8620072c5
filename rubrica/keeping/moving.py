"""``rubrica move-storage``: every file to another storage while the service runs, hashed on the way and again there.

Nothing is removed from the storage that they come from. What comes in meanwhile is found by running it again.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from rubrica.files import address, intake, storage
from rubrica.files.envelope import Changed
from rubrica.files.keys import KeyGone
from rubrica.files.models import KEEPING, Blob, put_into
from rubrica.keeping import database
from rubrica.keeping.progress import Progress

AT_A_TIME = 4  # a bucket answers in its own time, and others use disk and network too
BATCH = 200
CHUNK = 1 << 20


@dataclass
class Report:
    source: str
    target: str
    files: int = 0
    bytes: int = 0
    copied: int = 0
    copied_bytes: int = 0
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # other bytes than their name says, there or here
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        return not (self.missing or self.broken)

    def in_words(self) -> Iterator[str]:
        verb = "are to be copied" if self.dry_run else "were copied and verified"
        yield f"{self.copied} of {self.files} files ({self.copied_bytes} of {self.bytes} bytes) {verb}"
        yield f"from {self.source} to {self.target}."
        yield from (f"MISSING in the old storage: {key}" for key in self.missing)
        yield from (f"BROKEN, and not in the new storage: {key}" for key in self.broken)
        if self.copied and not self.dry_run:
            yield "Run it again for what came meanwhile, until nothing is copied. Then set the new address and restart,"
            yield "and run it once more with --from and the old address."
        elif self.ok:
            yield "Nothing is left to be copied. Set RUBRICA_STORAGE_URL to the new address and restart everything."


def move(url: str, source: address.Folder | address.Bucket, target: address.Folder | address.Bucket,
         *, dry_run: bool, again: bool) -> Report:  # fmt: skip
    """``again`` hashes also what is there already. Raises Refused, and StorageAway where a server goes away."""
    report = Report(str(source), str(target), dry_run=dry_run)
    kept, new = storage.of(source), storage.of(target)
    with database.alone(url, KEEPING), ThreadPoolExecutor(AT_A_TIME) as threads:
        total = Blob.objects.filter(erased_at=None).count()
        progress = Progress("Files", total, "files")
        for batch in _batches():
            for outcome in threads.map(lambda blob: _moved(blob, kept, new, dry_run, again), batch):
                _note(report, *outcome)
                progress.add(1)
        progress.end()
    return report


def _batches() -> Iterator[list[Blob]]:
    """In the order of their keys, also of those that come while this runs."""
    last = 0
    while batch := list(Blob.objects.filter(pk__gt=last, erased_at=None).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


SAME, COPIED, MISSING, BROKEN = "same", "copied", "missing", "broken"


def _moved(blob: Blob, kept: Any, new: Any, dry_run: bool, again: bool) -> tuple[Blob, str]:
    try:
        new = _as_it_should(blob, new)
        if _is_there(blob, new) and not (again and _digest(new, blob.key) != blob.sha256):
            return blob, SAME
        if dry_run:
            return blob, COPIED if kept.exists(blob.key) else MISSING
        return blob, _copied(blob, kept, new)
    except FileNotFoundError:
        return blob, MISSING
    except (Changed, KeyGone, intake.IntakeRefused):  # one file; a storage that is away raises another StorageAway
        return blob, BROKEN


def _as_it_should(blob: Blob, new: Any) -> Any:
    """What is encrypted here lies so there, whether or not new files are encrypted now."""
    return new.always() if blob.encrypted and hasattr(new, "always") else new


def _is_there(blob: Blob, new: Any) -> bool:
    try:
        if hasattr(new, "holds") and not new.holds(blob.key):
            return False
        return bool(new.size(blob.key) == blob.size)
    except FileNotFoundError:
        return False


def _copied(blob: Blob, kept: Any, new: Any) -> str:
    with kept.open(blob.key) as content, intake.collecting(limit=1 << 62) as collector:
        while chunk := content.read(CHUNK):
            collector.write(chunk)
        arrived = collector.arrived()
        if arrived.sha256 != blob.sha256:
            return BROKEN
        new.delete(blob.key)  # half of an earlier try, or other bytes: a storage of files would keep both
        put_into(new, blob.key, arrived)
    if _digest(new, blob.key) == blob.sha256:
        return COPIED
    new.delete(blob.key)
    return BROKEN


def _digest(new: Any, key: str) -> str:
    """Of what is there now; of nothing where that cannot be opened."""
    digest = hashlib.sha256()
    try:
        with new.open(key) as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
    except (Changed, KeyGone):
        return ""
    return digest.hexdigest()


def _note(report: Report, blob: Blob, outcome: str) -> None:
    report.files, report.bytes = report.files + 1, report.bytes + blob.size
    if outcome == COPIED:
        report.copied, report.copied_bytes = report.copied + 1, report.copied_bytes + blob.size
    elif outcome == MISSING:
        report.missing.append(blob.key)
    elif outcome == BROKEN:
        report.broken.append(blob.key)
