"""What happened to a record, as far as the member sees the fields that it speaks of."""

from rubrica.accounts.models import Member
from rubrica.records import paths
from rubrica.records.access import Sight
from rubrica.records.models import Record, RecordEvent
from rubrica.records.schema import Shape

EVENTS = 100


def events(record: Record, member: Member, sight: Sight) -> list[RecordEvent]:
    """Newest first. Where a copy came from only owners are told: it may be a record that others do not see."""
    found = RecordEvent.objects.filter(organization=member.organization, record_key=record.key)
    shape = record.definition.shape
    seen = []
    for event in found.select_related("who").order_by("-pk")[:EVENTS]:
        data = event.data
        if "valuePath" in data and not _sees(sight, shape, data["valuePath"]):
            continue
        if "fields" in data:
            data["fields"] = [one for one in data["fields"] if _sees(sight, shape, one)]
        if not member.is_owner:
            data.pop("from", None)
        seen.append(event)
    return seen


def _sees(sight: Sight, shape: Shape, path: str) -> bool:
    place = paths.find(shape, path)
    return sight.sees(place.declared if place else path)
