"""The OpenAPI document of the aero dialect is whole, and its examples hold; real answers are held by every test."""

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern

from rubrica.api.aero.urls import urlpatterns
from rubrica.api.openapi import aero
from rubrica.api.openapi.aero_answers import ERRORS
from rubrica.api.openapi.aero_calls import CALLS
from tests.cast import Acme
from tests.contract.aero import Aero, ok, says
from tests.contract.described import violations
from tests.contract.test_openapi import pairs


def routes() -> Iterator[tuple[str, str]]:
    for route in urlpatterns:
        assert isinstance(route, URLPattern)
        path = "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))
        handlers: Any = route.callback
        yield from ((method.lower(), path) for method in handlers.handlers if method != "HEAD")


def test_every_route_is_described_and_nothing_else() -> None:
    assert set(routes()) == set(CALLS)
    described = {(method, path) for path, methods in aero.document()["paths"].items() for method in methods}
    assert described == set(CALLS)


def test_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in aero.document()["components"]["schemas"]}
    assert {value for name, value in pairs(aero.document()) if name == "$ref"} <= known


def test_operations_have_distinct_ids_a_title_and_every_error() -> None:
    operations = [one for methods in aero.document()["paths"].values() for one in methods.values()]
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert one["summary"] and one["tags"]
        assert {str(status) for status in ERRORS} <= one["responses"].keys()
        assert one.get("security") or one["tags"] == ["Log in"]


def test_examples_are_as_described() -> None:
    seen = 0
    for methods in aero.document()["paths"].values():
        for operation in methods.values():
            contents = [reply.get("content", {}) for reply in operation["responses"].values()]
            contents.append(operation.get("requestBody", {}).get("content", {}))
            for content in (one for found in contents for one in found.values()):
                for name, example in content.get("examples", {}).items():
                    assert list(violations(content["schema"], example["value"], name)) == []
                    seen += 1
    assert seen > 15


def test_examples_of_bodies_are_accepted(acme: Acme) -> None:
    aero_client = Aero(acme.owner)
    shape = CALLS["post", "/api/v2/document-definitions"].bodies["invoices"]
    ok(aero_client.post("/document-definitions", shape))
    values = CALLS["post", "/api/v2/document-definitions/{dd}/documents/new"].bodies["first values"]
    assert aero_client.new(**values)["title"] == "First"


def test_it_is_served_to_everybody_and_shown_as_a_page(client: Client) -> None:
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.json()) == (200, aero.document())
    text = client.get("/reference/aero").content.decode()
    assert all(f"<code>{path}</code>" in text for path in aero.document()["paths"])


def test_a_made_up_answer_would_be_noticed(acme: Acme) -> None:
    """The check itself can fail: the error of another status is not what is described."""
    answer = Aero(acme.owner).get("/document-definitions/nothing")
    says(answer, 404, "not_found")
    schema = aero.document()["paths"]["/api/v2/document-definitions/{dd}"]["get"]["responses"]["409"]
    assert list(violations(schema["content"]["application/json"]["schema"], answer.json(), "answer"))
