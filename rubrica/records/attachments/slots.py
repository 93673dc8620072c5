"""A field of files in one record: where it is, what is in it, and what its history says of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max

from rubrica.accounts.models import Member
from rubrica.records.attachments import shaping
from rubrica.records.changing import note_all
from rubrica.records.errors import Conflict
from rubrica.records.models import Attachment, Record
from rubrica.records.paths import Place, attachment_place
from rubrica.records.schema import Field

MOST_IN_A_FIELD = 10_000


@dataclass(frozen=True)
class Slot:
    """``text`` is the path as the caller wrote it, ``place`` what it meant when it was read."""

    record: Record
    text: str
    place: Place

    @classmethod
    def find(cls, record: Record, text: str | None, name: str = "valuePath", source: str = "Query") -> "Slot":
        """Raises Wrong for what leads to no field of files, NotFound when the line is not there."""
        place = attachment_place(record.definition.shape, text, name, source)
        place.canonical(record.values)
        return cls(record, text or "", place)

    @property
    def path(self) -> str:
        """Raises NotFound when the line is gone."""
        return self.place.canonical(self.record.values)

    @property
    def field(self) -> Field:
        return self.place.field

    def of(self, record: Record) -> "Slot":
        """The same slot in the row that is held now; its definition may have changed since."""
        if record.definition.version == self.record.definition.version:
            return Slot(record, self.text, self.place)
        return Slot.find(record, self.text)

    def linked(self) -> list[Attachment]:
        """What is in the field, in order; what was sent ahead is not."""
        return [attachment for attachment in self.everything() if attachment.staged_until is None]

    def extent(self) -> tuple[int, int]:
        """How many files are in the field, and the next free position; without reading any of them."""
        rows = Attachment.objects.filter(record=self.record, path=self.path, staged_until=None)
        found = rows.aggregate(count=Count("id"), last=Max("position"))
        return found["count"], 0 if found["last"] is None else found["last"] + 1

    def shown(self) -> list[dict[str, Any]]:
        """The field as it goes over the wire, with addresses to download from."""
        return shaping.of_field(self.record.pk, self.path)

    def everything(self) -> list[Attachment]:
        """Also what was sent ahead."""
        rows = Attachment.objects.select_related("blob").filter(record=self.record, path=self.path)
        return list(rows.order_by("position", "id"))

    def check_count(self, count: int) -> None:
        """Raises Conflict where the field would hold more than it takes."""
        check_count(self.field, count)


def check_count(field: Field, count: int) -> None:
    most = min(MOST_IN_A_FIELD, field.max_attachments or MOST_IN_A_FIELD)
    if count > most:
        raise Conflict('The field "%(field)s" takes %(most)s attachments at the most.', field=field.name, most=most)


def tell(record: Record, kind: str, by: Member | None, attachments: Sequence[Attachment], **more: Any) -> None:
    """An event for each file: its digest stays when the bytes are gone."""
    note_all(record, kind, by, [{**_told(attachment), **more} for attachment in attachments])


def _told(attachment: Attachment) -> dict[str, Any]:
    return {
        "_id": attachment.key,
        "fileName": attachment.name,
        "size": attachment.size,
        "sha256": attachment.blob.sha256,
        "valuePath": attachment.path,
    }
