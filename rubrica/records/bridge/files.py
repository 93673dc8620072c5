"""What people delivered, what was sealed and what proves it, as attachments that no row is stored for."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from rubrica.files.links import download_url
from rubrica.files.models import Blob
from rubrica.files.types import pdf_name
from rubrica.processes.models import Document, Evidence, RequestedFile
from rubrica.records.attachments import names, shaping
from rubrica.records.bridge.definition import EVIDENCE, FILES, PEOPLE, SEALED
from rubrica.records.models import Attachment, Record
from rubrica.records.paths import Place

REFUSED = "rejected"


@dataclass(frozen=True)
class Shelf:
    """A field of files of one process: read, downloaded and copied from, and nothing else."""

    record: Record
    place: Place

    def __str__(self) -> str:
        return f"{self.record.definition.name}/{self.record.key}/{self.path}"

    @property
    def path(self) -> str:
        return self.place.canonical(self.record.values)

    def linked(self) -> list[Attachment]:
        return [attachment for path, attachment in everything([self.record.pk]) if path == self.path]

    def shown(self) -> list[dict[str, Any]]:
        return [_shown(attachment) for attachment in self.linked()]


def files_of(records: Iterable[Record]) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """As ``shaping.by_path`` has it for stored ones; three queries, however many processes."""
    found: dict[int, dict[str, list[dict[str, Any]]]] = {}
    for path, attachment in everything(record.pk for record in records):
        found.setdefault(attachment.record_id, {}).setdefault(path, []).append(shaping.stored(attachment))
    return found


def _shown(attachment: Attachment) -> dict[str, Any]:
    """By an address of the bytes themselves, for as long as those of other attachments."""
    url = download_url(attachment.blob.pk, attachment.name, settings.ATTACHMENT_URL_SECONDS)
    return {**shaping.shown(attachment), "downloadURL": url}


def everything(processes: Iterable[int]) -> Iterator[tuple[str, Attachment]]:
    """Each with its canonical path, in the order in which a page shows them."""
    wanted = list(processes)
    yield from _delivered(wanted)
    for document in Document.objects.select_related("sealed").filter(process__in=wanted, sealed__isnull=False):
        assert document.sealed is not None
        row = _row(document, document.process_id, document.sealed, document.file_name, document.sealed_at)
        yield SEALED, row
    for evidence in Evidence.objects.select_related("pdf", "process").filter(process__in=wanted, pdf__isnull=False):
        assert evidence.pdf is not None
        name = pdf_name(f"{evidence.process.name} evidence")
        yield EVIDENCE, _row(evidence, evidence.process_id, evidence.pdf, name, evidence.made_at)


def _delivered(processes: list[int]) -> Iterator[tuple[str, Attachment]]:
    """The newest version of each file, unless it was sent back."""
    rows = RequestedFile.objects.filter(process__in=processes, current__isnull=False)
    for file in rows.select_related("participant", "current__blob").order_by("participant", "position"):
        current = file.current
        if current is not None and current.decision != REFUSED:
            row = _row(current, file.process_id, current.blob, current.file_name, current.created_at)
            yield f"{PEOPLE}.{file.participant.public_id}.{FILES}", row


def _row(source: Any, process_id: int, blob: Blob, name: str, at: datetime | None) -> Attachment:
    clean = name.replace("/", "_").replace("\\", "_")
    made = Attachment(
        key=_key(source), name=names.shortened(clean), media_type=names.media_type(clean, blob.media_type),
        size=blob.size, blob=blob, record_id=process_id,
    )  # fmt: skip
    made.created_at = at or blob.created_at
    return made


def _key(source: Any) -> str:
    """Always the same for one row of the processes, and no number that could be counted on from."""
    text = f"{settings.SECRET_KEY}:{type(source).__name__}:{source.pk}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]
