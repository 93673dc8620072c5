"""A request begins with nothing in sight, ends with it, and what it streams sees what it saw."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import get_resolver

from rubrica import tenancy
from rubrica.accounts.models import Organization
from rubrica.tenancy.middleware import EVERYWHERE, Sight
from tests.cast import Acme

pytestmark = pytest.mark.django_db


def answered(view: Any, path: str = "/console/") -> HttpResponseBase:
    return Sight(view)(RequestFactory().get(path))


def names() -> str:
    return " ".join(sorted(Organization.objects.values_list("slug", flat=True)))


def test_nothing_is_in_sight_before_somebody_is_known(acme: Acme, other: Acme) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        before = names()
        tenancy.enter(acme.organization.pk)
        return HttpResponse(f"{before} then {names()}")

    with tenancy.nobody():
        assert getattr(answered(view), "content", b"") == b" then acme"
        assert tenancy.sight() == tenancy.NOBODY


def test_what_is_made_while_it_goes_out_sees_what_its_request_saw(acme: Acme, other: Acme) -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        tenancy.enter(acme.organization.pk)
        return StreamingHttpResponse(names() + part for part in (" 1 ", " 2"))

    with tenancy.nobody():
        assert b"".join(answered(view)) == b"acme 1 acme 2"
        assert tenancy.sight() == tenancy.NOBODY


@pytest.mark.parametrize("path", EVERYWHERE)
def test_an_address_that_sees_everything_is_one_of_ours(acme: Acme, other: Acme, path: str) -> None:
    routes = ["/" + str(pattern.pattern) for pattern in get_resolver().url_patterns]
    assert any(route.startswith(path) or path.startswith(route) for route in routes if route != "/")
    content = getattr(answered(lambda request: HttpResponse(names()), path + "x"), "content", b"")
    assert content == b"acme other"
