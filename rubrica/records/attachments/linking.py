"""A change of the record says which files a field holds: those that are there, and those that were sent ahead."""

from collections.abc import Mapping, Sequence
from typing import Any

from rubrica.accounts.models import Member
from rubrica.records.attachments import removing
from rubrica.records.attachments.slots import check_count, tell
from rubrica.records.errors import Wrong
from rubrica.records.models import Attachment, Record, RecordEvent
from rubrica.records.schema import Field

Entries = Sequence[Mapping[str, Any]]


def link(record: Record, path: str, field: Field, entries: Entries, by: Member | None, said: str = "") -> None:
    """From now on the field holds exactly these, in this order; what is not among them is deleted.

    The caller holds the record and moves it on. Raises Wrong at ``said`` for an ``_id`` that is neither in the field
    nor was sent ahead for it, Conflict where the field takes fewer.
    """
    rows = list(Attachment.objects.select_related("blob").filter(record=record, path=path))
    known = {attachment.key: attachment for attachment in rows}
    keys = [str(entry["_id"]) for entry in entries]
    if any(key not in known for key in keys):
        raise Wrong(said or path, "must contain attachments of this field only, by their _id")
    check_count(field, len(keys))
    wanted = [known[key] for key in keys]
    removing.remove(record, [one for one in rows if one.staged_until is None and one not in wanted], by)
    fresh = [one for one in wanted if one.staged_until is not None]
    for position, attachment in enumerate(wanted):
        attachment.position, attachment.staged_until = position, None
    Attachment.objects.bulk_update(wanted, ["position", "staged_until"])
    tell(record, RecordEvent.Kind.ATTACHED, by, fresh)


def keys(record: Record, path: str) -> list[str]:
    """What the field holds, in order."""
    rows = Attachment.objects.filter(record=record, path=path, staged_until=None)
    return list(rows.order_by("position", "id").values_list("key", flat=True))
