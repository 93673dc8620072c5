"""Documents, which are our records: list, make, read, change, remove (contract/aero.md §4)."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from rubrica.api.aero import body, envelope, options, wire
from rubrica.api.aero.caller import Caller
from rubrica.api.aero.door import door
from rubrica.records import definitions, listing, references, saving
from rubrica.records.errors import Wrong
from rubrica.records.reading import NEW


def listed(request: HttpRequest, caller: Caller, dd: str) -> HttpResponseBase:
    definition = definitions.find(caller.organization, dd)
    asked, chosen = options.read(request)
    page = listing.page(definition, caller.member, asked)
    found = wire.documents(page.records, caller.member, chosen)
    return envelope.ok(documents=found, total=page.total, skip=asked.skip, limit=asked.limit)


def made(request: HttpRequest, caller: Caller, dd: str, status: int = 200) -> HttpResponseBase:
    definition = definitions.find(caller.organization, dd)
    told = body.thing(body.read(request, default={}))
    record = saving.create(definition, told, caller.member)
    return envelope.ok(status, document=wire.document(record, caller.member))


def shown(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    record = saving.find(definitions.find(caller.organization, dd), doc, caller.member)
    return envelope.ok(document=wire.document(record, caller.member))


def changed(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    record = saving.find(definitions.find(caller.organization, dd), doc, caller.member)
    told = body.thing(body.read(request))
    record = saving.merge(record, told, caller.member)
    return envelope.ok(document=wire.document(record, caller.member))


def removed(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    saving.remove(saving.find(definitions.find(caller.organization, dd), doc, caller.member), caller.member)
    return envelope.ok()


def listed_v1(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """One way of naming documents at a time: ``_id``, ``externalId`` or ``query``."""
    name = request.GET.get("ddName")
    if not name:
        raise Wrong("ddName", "is required", "Query")
    definition = definitions.find(caller.organization, name)
    ways = [way for way in ("_id", "externalId", "query") if request.GET.get(way)]
    if len(ways) > 1:
        raise Wrong("value", "contains a conflict between exclusive peers [_id, externalId, query]", "Query")
    asked, chosen = options.read(request, zero_is_all=True)
    if ways and ways[0] != "query":
        asked = listing.Asked({ways[0]: request.GET[ways[0]]}, asked.sort, asked.skip, asked.limit)
    records = listing.page(definition, caller.member, asked).records
    if request.GET.get("convertIds") == "true":
        references.name_by_external_ids(definition, [record.values for record in records])
    return envelope.success(data=wire.documents(records, caller.member, chosen))


BASE = "v2/document-definitions/<str:dd>/documents"
urlpatterns = [
    path(BASE, door(GET=listed, POST=made)),
    path(f"{BASE}/{NEW}", door(POST=made), {"status": 201}),
    path(f"{BASE}/<str:doc>", door(GET=shown, PUT=changed, PATCH=changed, DELETE=removed)),
    path("v1/documents", door(1, GET=listed_v1)),
]
