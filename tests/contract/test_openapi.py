"""The OpenAPI document says what the API does: every operation, every body, and examples that hold.

That real answers are as it says is held by every test of this folder (``described``).
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from rubrica.api.auco.endpoints import api
from rubrica.api.openapi import auco, participant
from rubrica.api.openapi.auco_calls import CALLS
from rubrica.api.openapi.participant_answers import WORDS as WORDS_OF_PARTICIPANTS
from rubrica.api.openapi.words import WORDS
from rubrica.signer import urls as signer
from tests import sending
from tests.cast import Acme
from tests.contract.described import DescribedClient, violations

METHODS = {"get", "post", "put", "delete", "patch"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in auco.document()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def routes() -> set[tuple[str, str]]:
    return {
        (method.lower(), "/" + path.strip("/"))
        for _prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }


def test_every_route_is_described_and_nothing_else() -> None:
    assert routes() == set(CALLS)
    described = {(method, path.removeprefix(auco.BASE)) for path, method, _ in operations() if auco.BASE in path}
    assert described == set(CALLS)


def test_every_reference_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in auco.document()["components"]["schemas"]}
    assert {value for name, value in pairs(auco.document()) if name == "$ref"} <= known


def pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield name, value
            yield from pairs(value)
    elif isinstance(node, list):
        for one in node:
            yield from pairs(one)


def test_operations_have_distinct_ids_a_title_and_a_key() -> None:
    found = [(operation["operationId"], operation) for path, _, operation in operations() if auco.BASE in path]
    assert len({name for name, _ in found}) == len(found)
    for _, operation in found:
        assert operation["summary"] and operation["tags"] and operation["security"]
        assert {"200", "401", "405"} <= operation["responses"].keys()


def test_examples_of_answers_are_as_described() -> None:
    seen = 0
    for path, method, operation in operations():
        for content in operation["responses"]["200"]["content"].values():
            for name, example in content.get("examples", {}).items():
                assert list(violations(content["schema"], example["value"], name)) == [], (method, path)
                seen += 1
    assert seen > 10


def test_examples_of_bodies_are_accepted_by_the_schemas() -> None:
    """By the very models that read the calls; what depends on data (a template, a code) is not asked here."""
    seen = 0
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                call = CALLS[operation.methods[0].lower(), "/" + path.strip("/")]
                for example in call.bodies.values():
                    model = next(m for m in operation.models if m.__ninja_param_source__ == "body")
                    field = next(iter(model.model_fields.values()))
                    assert field.annotation is not None
                    field.annotation.model_validate(example)
                    seen += 1
    assert seen > 15


def test_every_call_that_takes_a_body_shows_one() -> None:
    takes = [(one, call) for one, call in CALLS.items() if one[0] not in {"get", "delete"}]
    bare = [one for one, call in takes if not call.bodies]
    assert set(bare) <= {("post", "/veriface/check"), ("post", "/veriface/validate")}  # a picture is no example


def test_every_word_has_its_meaning_and_is_used() -> None:
    said = {code for call in CALLS.values() for codes in call.words.values() for code in codes}
    said |= {code for name, codes in pairs(auco.document()) if name == "enum" for code in codes if code in WORDS}
    assert said - set(WORDS) == set()
    assert set(WORDS) - said - {"NOT_FOUND", "LINK_EXPIRED"} == set()


@pytest.mark.parametrize(
    ("address", "document"), [("/v1.5/ext/openapi.json", auco), ("/reference/participant.json", participant)]
)
def test_it_is_served_to_everybody(client: Client, address: str, document: Any) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == document.document()


@pytest.mark.parametrize("dialect", ["auco", "participant"])
def test_the_page_shows_every_call(client: Client, dialect: str) -> None:
    assert f"/reference/{dialect}" in client.get("/reference/").content.decode()
    answer = client.get(f"/reference/{dialect}")
    text = answer.content.decode()
    for path in {"auco": auco, "participant": participant}[dialect].document()["paths"]:
        assert f"<code>{path}</code>" in text
    assert "<script" not in re.sub(r'<script type="module" src="/static/build/ui\.js"></script>', "", text)
    assert "style=" not in text and "unsafe" not in answer.headers["Content-Security-Policy"]


def test_other_references_are_not_there(client: Client) -> None:
    assert client.get("/reference/nothing").status_code == 404


def participants_routes() -> set[tuple[str, str]]:
    """Below the page itself, which is for people."""
    found = set()
    for route in signer.urlpatterns[1:]:
        path = "/s/{token}" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))
        allowed = Client().options(re.sub(r"{\w+}", "1", path)).headers["Allow"]
        found |= {(method.lower(), path) for method in allowed.split(", ")} - {("head", path)}
    return found


def test_every_route_of_the_participant_is_described() -> None:
    assert participants_routes() | {("post", "/verify"), ("post", "/verify/digest")} == set(participant.CALLS)


def test_the_participants_words_have_meanings_and_are_used() -> None:
    said = {code for name, codes in pairs(participant.document()) if name == "enum" for code in codes}
    assert set(WORDS_OF_PARTICIPANTS) - said == set()


def test_a_participants_answers_are_as_described(acme: Acme) -> None:
    """The client looks at each answer; here they are all brought about."""
    process = sending.start_signing(acme, sending.person("Ana Ruiz", "ID card", optional=("Passport",)))
    ana, client = sending.somebody(process), DescribedClient()
    link = sending.link(ana)
    state = client.get(f"{link}/state").json()
    typed = {"kind": "type", "text": "Ana", "consent": True}
    file = f"{link}/files/{state['files'][0]['id']}"
    name = {"Content-Disposition": "attachment; filename=card.jpg"}
    statuses = [
        client.post(f"{link}/opened").status_code,
        client.get(f"{link}/pages/1/text").status_code,
        client.get(f"{link}/pages/9/text").status_code,
        client.post(f"{link}/signature", typed, "application/json").status_code,
        client.put(file, b"", headers=name).status_code,
        client.put(file, b"\x7fELF" + b"\0" * 90, headers=name).status_code,
        client.put(file, sending.picture(), headers=name).status_code,
        client.delete(file).status_code,
        client.put(file, sending.picture(), headers=name).status_code,
        client.post(f"{link}/signature", "[]", "application/json").status_code,
        client.post(f"{link}/signature", typed, "application/json").status_code,
        client.post(f"{link}/rejection", {"reason": "No."}, "application/json").status_code,
        client.post(f"{link}/otp").status_code,
        client.get("/s/nobody/state").status_code,
    ]  # fmt: skip
    assert statuses == [204, 200, 404, 409, 411, 415, 200, 200, 200, 400, 200, 409, 404, 404]


def test_a_wrong_answer_is_noticed() -> None:
    schema = auco.document()["components"]["schemas"]["Company"]
    right = {"id": "a", "name": "A", "webhooks": [], "uxOptions": {}}
    assert list(violations(schema, right, "it")) == []
    wrong: Any
    for wrong in (right | {"more": 1}, {"id": "a"}, right | {"name": 7}, right | {"webhooks": [{"id": "x"}]}, [], None):
        assert list(violations(schema, wrong, "it")), wrong
