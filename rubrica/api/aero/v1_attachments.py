"""The same files in the words of v1 (contract/aero.md §5)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from rubrica.api.aero import attachments, body, copying, envelope, slots
from rubrica.api.aero.caller import Caller
from rubrica.api.aero.door import door
from rubrica.files.views import serve
from rubrica.records import saving
from rubrica.records.attachments import copying as copies
from rubrica.records.attachments import removing, shaping
from rubrica.records.attachments.slots import Slot
from rubrica.records.errors import NotFound, Wrong
from rubrica.records.models import Attachment, Record
from rubrica.web.text import findable

SAVED = "Attachments was successfully saved"
WORDS = ("fieldName", "lineName", "lineId", "lineExternalId")
ADDRESS = ("ddId", "ddName", "documentId", "externalId", *WORDS)
ACTIONS = {"append": False, "replace": True}
NOT_THERE = 'There is no attachment "%(key)s".'


SlotAt = Callable[[Caller, Record, str], Slot]


def value_path(place: dict[str, Any], at: str, source: str = "Body") -> str:
    """``lineName[line].fieldName``: v1's four words as one path. Raises Wrong."""
    prefix = f"{at}." if at else ""
    if not place.get("fieldName"):
        raise Wrong(f"{prefix}fieldName", "is required", source)
    if not place.get("lineName"):
        return str(place["fieldName"])
    line = place.get("lineId") or place.get("lineExternalId")
    if not line:
        raise Wrong(at or "value", "must contain at least one of [lineId, lineExternalId]", source)
    return f"{place['lineName']}[{line}].{place['fieldName']}"


V1 = copying.Dialect(frozenset(WORDS), value_path)


def saved(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    dd, doc, where = _address(request)
    word = request.GET.get("actionType", "append").lower()
    if word not in ACTIONS:
        raise Wrong("actionType", "must be one of [%(choices)s]", "Query", choices=", ".join(ACTIONS))
    slot = slots.changed(caller, dd, doc, where, "fieldName")
    made = attachments.save(request, caller, slot, replace=ACTIONS[word])
    return envelope.success(message=SAVED, attachments=[shaping.shown(one) for one in made])


def fetched(request: HttpRequest, caller: Caller, key: str) -> HttpResponseBase:
    """The file itself; v2 lists what is there instead."""
    found, _ = _found(request, caller, key, slots.seen_at)
    return serve(request, found.blob, found.name)


def removed(request: HttpRequest, caller: Caller, key: str) -> HttpResponseBase:
    _, slot = _found(request, caller, key, slots.changed_at)
    removing.delete(slot, [key], caller.member)
    return envelope.success(message=f"Attachment {key} was successfully removed.")


def copied(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    asked = copying.read(body.read(request), caller, V1)
    return envelope.success(**copying.shown(asked, copies.copy(asked)))


def _address(request: HttpRequest) -> tuple[str, str, str]:
    query = request.GET
    dd, doc = query.get("ddId") or query.get("ddName"), query.get("documentId") or query.get("externalId")
    if not dd:
        raise Wrong("value", "must contain at least one of [ddId, ddName]", "Query")
    if not doc:
        raise Wrong("value", "must contain at least one of [documentId, externalId]", "Query")
    return dd, doc, value_path({name: query.get(name) for name in WORDS}, "", "Query")


def _found(request: HttpRequest, caller: Caller, key: str, slot_at: SlotAt) -> tuple[Attachment, Slot]:
    """The id alone says which file is meant; an address beside it must be that file's. Raises NotFound."""
    rows = Attachment.objects.select_related("blob", "record__definition__organization")
    found = rows.filter(organization=caller.organization, key=findable(key), staged_until=None).first()
    if found is None:
        raise NotFound(NOT_THERE, key=key)
    record = saving.find(found.record.definition, found.record.key, caller.member)
    slot = slot_at(caller, record, found.path)
    if any(request.GET.get(name) for name in ADDRESS):
        there = slots.seen(caller, *_address(request), "fieldName")
        if not isinstance(there, Slot) or (there.record.pk, there.path) != (record.pk, found.path):
            raise NotFound(NOT_THERE, key=key)
    return found, slot


urlpatterns = [
    path("v1/attachments", door(1, POST=saved)),
    path("v1/attachments/<str:key>", door(1, GET=fetched, HEAD=fetched, DELETE=removed)),
    path("v1/documents/copyAttachments", door(1, POST=copied, PUT=copied)),
]
