"""Which files this installation has ever given out as sealed, known by their SHA-256.

Whoever asks by a digest holds the file already, and learns what the manifest inside it says: nobody finds a digest of
256 bits by trying. The events are asked and not the rows, because a row knows the newest file only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.fields.json import KT

from rubrica.processes.models import Document, Event, Process, RequestedFile

# Each of these events carries the SHA-256 of a whole sealed file and its level. The index on them is written with the
# same words (migration 0010), and is used only where they stand in the question.
KINDS = ("document.sealed", "document.upgraded", "evidence.sealed", "evidence.upgraded")
DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Published:
    """One sealed file that was given out; ``is_newest``: no later one (of a higher level) replaced it."""

    sha256: str
    level: str
    at: str
    is_newest: bool
    process: Process
    document: Document | None

    def files(self) -> list[dict[str, Any]]:
        """The files that the manifest of this seal lists."""
        slots = RequestedFile.objects.filter(process=self.process, current__isnull=False).select_related(
            "current__blob"
        )
        found = ((slot.current, slot.current.blob) for slot in slots if slot.current)
        return [{"name": came.file_name, "sha256": blob.sha256, "size": blob.size} for came, blob in found]

    def content(self) -> dict[str, Any]:
        """``process`` and ``files`` of a verification, for a document without a manifest inside, which each signed."""
        process, document = self.process, self.document
        shown = document.shown if document else None
        about = {"name": document.name, "sha256": shown.sha256, "size": shown.size} if document and shown else None
        said = {
            "package": process.public_id,
            "code": document.code if document else "",
            "name": process.name,
            "kind": process.kind,
            "language": process.language,
            "finished_at": _stamp(process.ended_at) if process.ended_at else None,
            "document": about and {**about, "begins_file": True},
            "published": True,
        }
        return {"process": said, "files": self.files()}


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def is_digest(text: str) -> bool:
    return len(text) == 64 and DIGITS.issuperset(text)


def published(sha256: str) -> Published | None:
    """The published file that has exactly this SHA-256 (small hexadecimal digits), or None."""
    if not is_digest(sha256):
        return None
    events = Event.objects.alias(given_out=KT("data__sha256")).filter(kind__in=KINDS, given_out=sha256)
    # Without LIMIT, which would make PostgreSQL walk back through every month of events instead of asking the index.
    event = max(events.select_related("process__organization"), key=lambda one: one.pk, default=None)
    if event is None:
        return None
    code = event.data.get("code", "")  # evidence has none
    of_the_same = Q(data__code=code) if code else Q(kind__startswith="evidence.")
    later = event.process.events.filter(of_the_same, kind__in=KINDS, sequence__gt=event.sequence)
    return Published(
        sha256=sha256,
        level=str(event.data.get("level", "")),
        at=_stamp(event.at),
        is_newest=not later.exclude(data__sha256=sha256).exists(),
        process=event.process,
        document=event.process.documents.filter(code=code).first() if code else None,
    )
