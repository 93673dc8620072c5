"""Files into a field: behind what is there, in its place, or sent ahead for a change of the record that comes later."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.files.models import Blob
from rubrica.records.attachments import removing
from rubrica.records.attachments.incoming import Incoming
from rubrica.records.attachments.preparing import Prepared, prepare
from rubrica.records.attachments.slots import Slot, tell
from rubrica.records.changing import changing, held, locked
from rubrica.records.errors import Conflict
from rubrica.records.models import Attachment, Record, RecordEvent

Kind = RecordEvent.Kind


def save(slot: Slot, files: Sequence[Incoming], by: Member | None, *, replace: bool = False) -> list[Attachment]:
    """The new attachments in order; with ``replace`` they are all that is left in the field.

    Raises IntakeRefused (415), Conflict where the field is full, NotFound; then nothing has changed.
    """
    prepared = prepare(slot.record.organization, slot.field, files)
    with changing(slot.record, by) as record:
        slot = slot.of(record)
        before = slot.linked() if replace else []
        there, first = (0, 0) if replace else slot.extent()
        slot.check_count(there + len(prepared))
        made = _insert(slot, prepared, by, first=first)
        removing.remove(record, before, by)
        tell(record, Kind.ATTACHED, by, made)
    return made


def stage(slot: Slot, files: Sequence[Incoming], by: Member | None, *, replace: bool = False) -> list[Attachment]:
    """Keeps files for STAGED_HOURS that are in no field until a change of the record names them. Raises as ``save``."""
    prepared = prepare(slot.record.organization, slot.field, files)
    with transaction.atomic():
        slot = slot.of(_held(slot.record))
        slot.check_count(len(prepared) + (0 if replace else slot.extent()[0]))
        until = clock.now() + timedelta(hours=settings.STAGED_HOURS)
        return _insert(slot, prepared, by, until=until)


def _held(record: Record) -> Record:
    return locked(record, held(record.definition))


def swap(slot: Slot, key: str, file: Incoming, by: Member | None) -> Attachment:
    """Other bytes for an attachment that keeps its id and place. Raises NotFound, IntakeRefused."""
    (prepared,) = prepare(slot.record.organization, slot.field, [file])
    with changing(slot.record, by) as record:
        slot = slot.of(record)
        (old,) = removing.chosen(slot.linked(), [key])
        hold([prepared.blob])
        made = prepared.row(record, old.path, old.position)
        made.pk, made.key, made.created_by = old.pk, old.key, by
        made.save(force_update=True)
        before = {"fileName": old.name, "size": old.size, "sha256": old.blob.sha256}
        tell(record, Kind.REPLACED, by, [made], before=before)
    return made


def _insert(
    slot: Slot,
    prepared: Sequence[Prepared],
    by: Member | None,
    first: int = 0,
    until: datetime | None = None,
) -> list[Attachment]:
    """The caller holds the record."""
    hold([one.blob for one in prepared])
    rows = [one.row(slot.record, slot.path, first + index) for index, one in enumerate(prepared)]
    for row in rows:
        row.created_by, row.staged_until = by, until
    return Attachment.objects.bulk_create(rows)


def hold(blobs: Sequence[Blob]) -> None:
    """From here on no purge can take the bytes; one may have been at them while nothing pointed there."""
    wanted = {blob.pk for blob in blobs}
    there = Blob.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    if len(there) < len(wanted):
        raise Conflict("A file was deleted while it was attached. Send it again.")
