"""The documents as JSON, and a page that shows them to people: made here, with nothing loaded from elsewhere."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from rubrica.api.openapi import aero, auco, page, participant
from rubrica.api.openapi.shapes import Schema


class Dialect(NamedTuple):
    name: str
    title: object
    address: str
    document: Callable[[], Schema]


DIALECTS = [
    Dialect("auco", _("For those who send"), "/v1.5/ext/openapi.json", auco.document),
    Dialect("aero", _("For those who keep records"), "/api/openapi.json", aero.document),
    Dialect("participant", _("For those who are asked"), "/reference/participant.json", participant.document),
]


def auco_document(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse(auco.document())


def aero_document(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse(aero.document())


def participant_document(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse(participant.document())


def contents(request: HttpRequest) -> HttpResponse:
    return render(request, "reference/contents.html", {"dialects": DIALECTS})


def reference(request: HttpRequest, dialect: str) -> HttpResponse:
    for one in DIALECTS:
        if one.name == dialect:
            shown = {"dialect": one, "dialects": DIALECTS, "reference": page.of(one.document())}
            return render(request, "reference/reference.html", shown)
    raise Http404
