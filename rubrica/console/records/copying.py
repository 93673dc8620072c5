"""A file into another record: which definition, which record, which field."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext

from rubrica.accounts.models import Member
from rubrica.console.access import done_by_members, page, shown_to_members
from rubrica.console.records.attached import changed, seen
from rubrica.console.records.files import refusals_told, to_record
from rubrica.console.records.records import found_of
from rubrica.records import access, bridge, definitions, saving
from rubrica.records.attachments.copying import Copy, copy
from rubrica.records.attachments.slots import Slot
from rubrica.records.bridge import Shelf
from rubrica.records.models import Attachment, Definition, Record
from rubrica.records.paths import attachment_place
from rubrica.records.schema import declared

OFFERED = 100  # records in the list of a form; any other is named by its id


@shown_to_members
def ask(request: HttpRequest, member: Member, dd: str, doc: str, key: str) -> HttpResponse:
    """The definition is chosen first, as its records and fields hang on it."""
    record = found_of(member, dd, doc)
    offered = _definitions(member)
    chosen = next((one for one in offered if one.key == request.GET.get("to")), None) or _first(offered, record)
    context = {
        "record": record,
        "definition": record.definition,
        "file": seen(record, member, key),
        "offered": offered,
        "chosen": chosen,
        "records": _records(chosen, member, record) if chosen else [],
        "paths": _paths(chosen, member) if chosen else [],
        "may_move": _may_change(record, member, key),
    }
    return page(request, "console/records/copy.html", context)


@done_by_members
def do(request: HttpRequest, member: Member, dd: str, doc: str, key: str) -> HttpResponse:
    record = found_of(member, dd, doc)
    file = seen(record, member, key)
    with refusals_told(request):
        definition = definitions.find(member.organization, request.POST.get("to", ""))
        target = saving.find(definition, request.POST.get("record", "").strip(), member)
        slot = changed(target, member, request.POST.get("valuePath"))
        source = _source(record, file)
        if request.POST.get("move"):
            changed(record, member, file.path)
        copy([Copy(source, slot, member, member, keys=[key], move=bool(request.POST.get("move")))])
        messages.success(request, gettext("“%(name)s” is in “%(record)s” now.") % {"name": file.name, "record": target})
        return to_record(target)
    address = reverse("console:copy_record_file", args=[record.definition.key, record.key, key])
    return HttpResponseRedirect(f"{address}?to={request.POST.get('to', '')}")


def _source(record: Record, file: Attachment) -> Slot | Shelf:
    place = attachment_place(record.definition.shape, file.path)
    return Shelf(record, place) if bridge.is_built_in(record.definition) else Slot(record, file.path, place)


def _definitions(member: Member) -> list[Definition]:
    """Those with a field of files that the member may put something into."""
    return [one for one in member.organization.definitions.order_by("name") if _paths(one, member)]


def _first(offered: list[Definition], record: Record) -> Definition | None:
    own = [one for one in offered if one.pk == record.definition_id]
    return next(iter([*own, *offered]), None)


def _paths(definition: Definition, member: Member) -> list[dict[str, Any]]:
    """Fields of the record itself; one of a line hangs on the record, and is reached by the API."""
    sight = access.Rights(definition, member).on_new()
    return [
        {"path": field.name, "label": field.shown_name}
        for field in definition.shape.fields
        if field.is_attachment and sight.edits(declared(None, field))
    ]


def _records(definition: Definition, member: Member, source: Record) -> list[Record]:
    """The newest that the member sees."""
    rights = access.Rights(definition, member)
    rows = Record.objects.filter(definition=definition).order_by("-modified_at")[:OFFERED]
    return [one for one in rows if rights.on(one).sees_something]


def _may_change(record: Record, member: Member, key: str) -> bool:
    if bridge.is_built_in(record.definition):
        return False
    place = attachment_place(record.definition.shape, seen(record, member, key).path)
    return access.Rights(record.definition, member).on(record).edits(place.declared)
