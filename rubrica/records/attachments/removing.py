"""Files out of a field, for good: the bytes go with the next purge unless another attachment shares them, and a
tombstone says what was here (contract/aero.md §3.3)."""

from collections.abc import Sequence

from django.db import transaction

from rubrica.accounts.models import Member
from rubrica.records import paths
from rubrica.records.attachments.slots import Slot, tell
from rubrica.records.changing import check_not_held, held, locked, touch
from rubrica.records.errors import NotFound
from rubrica.records.models import Attachment, Record, RecordEvent


@transaction.atomic
def delete(slot: Slot, keys: Sequence[str], by: Member | None) -> None:
    """All of ``keys`` or none; also such as were sent ahead. Raises NotFound that names the first one missing."""
    record = locked(slot.record, held(slot.record.definition))
    check_not_held(record)
    gone = chosen(slot.of(record).everything(), keys)
    remove(record, gone, by)
    if any(attachment.staged_until is None for attachment in gone):
        touch(record, by)


def chosen(there: Sequence[Attachment], keys: Sequence[str]) -> list[Attachment]:
    known = {attachment.key: attachment for attachment in there}
    for key in keys:
        if key not in known:
            raise NotFound('There is no attachment "%(key)s" in this field.', key=key)
    return [known[key] for key in dict.fromkeys(keys)]


def remove(record: Record, attachments: Sequence[Attachment], by: Member | None) -> None:
    """The caller holds the record. What was only sent ahead leaves nothing behind."""
    if not attachments:
        return
    tell(record, RecordEvent.Kind.REMOVED, by, [one for one in attachments if one.staged_until is None])
    Attachment.objects.filter(pk__in=[attachment.pk for attachment in attachments]).delete()


def of_line(record: Record, block: str, line_id: str, by: Member | None) -> None:
    """With a line go its files. The caller holds the record."""
    begins = paths.of_line(block, line_id)
    remove(record, list(record.attachments.select_related("blob").filter(path__startswith=begins)), by)


def of_record(record: Record, by: Member | None) -> None:
    """Before a record is deleted. The caller holds it."""
    remove(record, list(record.attachments.select_related("blob")), by)
