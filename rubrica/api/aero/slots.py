"""From the words of an address to a field of files that the caller may see or change."""

from rubrica.api.aero.caller import Caller
from rubrica.records import access, bridge, definitions, saving
from rubrica.records.attachments.slots import Slot
from rubrica.records.bridge import Shelf
from rubrica.records.errors import Forbidden
from rubrica.records.models import Record

NOT_SEEN = "You may not see this field."
NOT_CHANGED = "You may not change this field."


def seen(
    caller: Caller, dd: str, doc: str, value_path: str | None, said: str = "valuePath", source: str = "Query"
) -> Slot | Shelf:
    """``said`` and ``source`` name the path in the call. Raises NotFound, Wrong or Forbidden."""
    if bridge.is_meant(dd):
        record = bridge.find(caller.organization, doc)
        return Shelf(record, Slot.find(record, value_path, said, source).place)
    return seen_at(caller, _record(caller, dd, doc), value_path, said, source)


def changed(
    caller: Caller, dd: str, doc: str, value_path: str | None, said: str = "valuePath", source: str = "Query"
) -> Slot:
    """As ``seen``; nothing of the built-in definition can be changed here."""
    if bridge.is_meant(dd):
        raise Forbidden(bridge.READ_ONLY)
    return changed_at(caller, _record(caller, dd, doc), value_path, said, source)


def seen_at(
    caller: Caller, record: Record, value_path: str | None, said: str = "valuePath", source: str = "Query"
) -> Slot:
    slot = Slot.find(record, value_path, said, source)
    if not access.Rights(record.definition, caller.member).on(record).sees(slot.place.declared):
        raise Forbidden(NOT_SEEN)
    return slot


def changed_at(
    caller: Caller, record: Record, value_path: str | None, said: str = "valuePath", source: str = "Query"
) -> Slot:
    slot = Slot.find(record, value_path, said, source)
    if not access.Rights(record.definition, caller.member).on(record).edits(slot.place.declared):
        raise Forbidden(NOT_CHANGED)
    return slot


def _record(caller: Caller, dd: str, doc: str) -> Record:
    if dd not in caller.known:
        caller.known[dd] = definitions.find(caller.organization, dd)
    return saving.find(caller.known[dd], doc, caller.member)
