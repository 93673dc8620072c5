"""Document definitions (contract/aero.md §4.2): everybody of the environment reads them, owners change them."""

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from rubrica.api.aero import body, envelope, wire
from rubrica.api.aero.caller import Caller
from rubrica.api.aero.door import door
from rubrica.records import bridge, definitions


def listed(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    own = caller.organization.definitions.order_by("name")
    found = [wire.listed(one) for one in [*own, bridge.built_in(caller.organization)]]
    return envelope.ok(documentDefinitions=found)


def made(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    told = body.thing(body.read(request))
    made = definitions.create(caller.organization, told, caller.member)
    return envelope.ok(documentDefinition=wire.definition(made))


def shown(request: HttpRequest, caller: Caller, dd: str) -> HttpResponseBase:
    return envelope.ok(documentDefinition=wire.definition(definitions.find(caller.organization, dd)))


def changed(request: HttpRequest, caller: Caller, dd: str) -> HttpResponseBase:
    definition = definitions.find(caller.organization, dd)
    told = body.thing(body.read(request))
    return envelope.ok(documentDefinition=wire.definition(definitions.change(definition, told, caller.member)))


def removed(request: HttpRequest, caller: Caller, dd: str) -> HttpResponseBase:
    definitions.remove(definitions.find(caller.organization, dd), caller.member)
    return envelope.ok()


urlpatterns = [
    path("v2/document-definitions", door(GET=listed, POST=made)),
    path("v2/document-definitions/<str:dd>", door(GET=shown, PUT=changed, PATCH=changed, DELETE=removed)),
]
