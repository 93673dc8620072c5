"""``rubrica encrypt-storage``: every file encrypted where it lies, or plain again, while the service runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rubrica.files import rekeying
from rubrica.files.encrypted import EncryptedStorage
from rubrica.files.models import Blob
from rubrica.keeping.progress import Progress


@dataclass
class Report:
    encrypt: bool
    files: int = 0
    bytes: int = 0
    done: int = 0
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # other bytes than their name says; they were left as they are
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        return not (self.missing or self.broken)

    def in_words(self) -> Iterator[str]:
        how = "encrypted under the newest key of their organization" if self.encrypt else "plain again"
        verb = "are to be" if self.dry_run else "were"
        yield f"{self.done} of {self.files} files {verb} {how}; the others are so already."
        yield from (f"MISSING in the storage: {key}" for key in self.missing)
        yield from (f"BROKEN, and left as it is: {key}" for key in self.broken)
        if self.ok and not self.dry_run and not self.encrypt:
            yield "Nothing is encrypted any more. The root key may go once no old copy of the storage is needed."


def run(kept: EncryptedStorage, *, dry_run: bool) -> Report:
    """``kept.encrypts`` says which way. Raises StorageAway where the storage or the key service goes away."""
    report = Report(kept.encrypts, dry_run=dry_run)
    progress = Progress("Files", Blob.objects.filter(erased_at=None).count(), "files")
    for batch in rekeying.batches():
        for blob in batch:
            _note(report, blob, rekeying.bring(blob, kept, dry_run=dry_run))
            progress.add(1)
    progress.end()
    if kept.encrypts and report.ok and not dry_run:
        rekeying.take_up_again()
    return report


def _note(report: Report, blob: Blob, outcome: str) -> None:
    report.files, report.bytes = report.files + 1, report.bytes + blob.size
    if outcome == rekeying.DONE:
        report.done += 1
    elif outcome == rekeying.MISSING:
        report.missing.append(blob.key)
    elif outcome == rekeying.BROKEN:
        report.broken.append(blob.key)
