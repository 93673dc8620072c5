"""Which files a record has, and what a member may do with them."""

from django.http import Http404

from rubrica.accounts.models import Member
from rubrica.console import previews
from rubrica.records import access, bridge
from rubrica.records.attachments.slots import Slot
from rubrica.records.errors import Forbidden
from rubrica.records.models import Attachment, Record
from rubrica.records.paths import attachment_place


def by_path(record: Record) -> dict[str, list[Attachment]]:
    """All files of a record by canonical path; those of a process are made for the page."""
    found: dict[str, list[Attachment]] = {}
    for file in _files(record):
        file.can_be_shown = previews.can_show(file.blob.media_type)  # type: ignore[attr-defined]  # the page asks
        found.setdefault(file.path, []).append(file)
    return found


def _files(record: Record) -> list[Attachment]:
    if not bridge.is_built_in(record.definition):
        rows = Attachment.objects.select_related("blob", "created_by").filter(record=record, staged_until=None)
        return list(rows.order_by("path", "position", "id"))
    found = []
    for path, file in bridge.everything([record.pk]):
        file.path = path
        found.append(file)
    return found


def seen(record: Record, member: Member, key: str) -> Attachment:
    """Raises Http404 for what is not there, and for what the member may not see."""
    file = next((one for one in _files(record) if one.key == key), None)
    if file is None:
        raise Http404
    place = attachment_place(record.definition.shape, file.path)
    if not access.Rights(record.definition, member).on(record).sees(place.declared):
        raise Http404
    return file


def changed(record: Record, member: Member, path: str | None) -> Slot:
    """Raises Refusal."""
    if bridge.is_built_in(record.definition):
        raise Forbidden(bridge.READ_ONLY)
    slot = Slot.find(record, path)
    if not access.Rights(record.definition, member).on(record).edits(slot.place.declared):
        raise Forbidden("You may not change this field.")
    return slot
