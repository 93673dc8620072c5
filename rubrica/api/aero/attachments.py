"""The files of a field: list, save, swap, remove (contract/aero.md §3)."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from rubrica.api.aero import envelope, slots
from rubrica.api.aero.bodies import Allowance, files_of
from rubrica.api.aero.caller import Caller
from rubrica.api.aero.door import door
from rubrica.records.attachments import removing, saving, shaping
from rubrica.records.attachments.slots import Slot
from rubrica.records.errors import Wrong
from rubrica.records.models import Attachment

SAVED = "Attachments successfully saved"
ACTIONS = {"append": False, "upload": False, "add": False, "replace": True}
YES_OR_NO = {"true": True, "1": True, "false": False, "0": False}


def listed(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    found = slots.seen(caller, dd, doc, request.GET.get("valuePath"))
    return envelope.ok(attachments=found.shown())


def saved(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    """POST and PUT are the same (§3.2): ``actionType`` alone decides what becomes of what is there."""
    slot = slots.changed(caller, dd, doc, request.GET.get("valuePath"))
    made = save(request, caller, slot, replace=action_of(request), update=_is_updating(request))
    return envelope.ok(message=SAVED, attachments=[shaping.shown(one) for one in made])


def save(request: HttpRequest, caller: Caller, slot: Slot, *, replace: bool, update: bool = True) -> list[Attachment]:
    swapped = request.GET.get("attachmentId")
    with files_of(request, caller.organization, Allowance.of_field(slot.field.max_file_size_mb)) as files:
        if not update:
            return saving.stage(slot, files, caller.member, replace=replace)
        if swapped and request.method == "PUT":
            if len(files) > 1:
                raise Wrong("attachmentId", "must come with exactly one file", "Query")
            return [saving.swap(slot, swapped, files[0], caller.member)]
        return saving.save(slot, files, caller.member, replace=replace)


def action_of(request: HttpRequest) -> bool:
    """Whether what is there is replaced."""
    word = request.GET.get("actionType", "append").lower()
    if word not in ACTIONS:
        raise Wrong("actionType", "must be one of [%(choices)s]", "Query", choices=", ".join(ACTIONS))
    return ACTIONS[word]


def _is_updating(request: HttpRequest) -> bool:
    word = request.GET.get("shouldUpdateDocument", "true").lower()
    if word not in YES_OR_NO:
        raise Wrong("shouldUpdateDocument", "must be a boolean", "Query")
    return YES_OR_NO[word]


def removed(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    """One id, or several that go together or not at all."""
    slot = slots.changed(caller, dd, doc, request.GET.get("valuePath"))
    keys = [key.strip() for given in request.GET.getlist("attachmentId") for key in given.split(",") if key.strip()]
    if not keys:
        raise Wrong("attachmentId", "is required", "Query")
    removing.delete(slot, keys, caller.member)
    return envelope.ok()


CORE = "v2/document-definitions/<str:dd>/documents/<str:doc>/attachments"
urlpatterns = [path(CORE, door(GET=listed, POST=saved, PUT=saved, DELETE=removed))]
