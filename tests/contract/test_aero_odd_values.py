"""Whatever stands where something else is expected, the aero dialect says so in its envelope and never breaks."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.cast import Acme
from tests.contract.aero import DEFINITION, Aero, at

ODD: list[Any] = [None, True, -1, 10**40, "\0\ud800", [], {}, [{}], {"_id": []}]

RECORD: dict[str, Any] = {
    "title": "a",
    "amount": 1,
    "paid": True,
    "day": "2026-01-02",
    "seen": "2026-01-02T03:04:05Z",
    "kind": "goods",
    "tags": ["a"],
    "sign": "data:image/png;base64,iVBORw0KGgo=",
    "picture": [{"_id": "0" * 24}],
    "section": {"field": {"note": "n"}},
    "lines": [{"_id": "l1", "externalId": "e", "sku": "s", "quantity": 1, "photo": []}],
    "status": "done",
    "externalId": "e1",
    "accessGroups": [{"_id": "g", "memberUserIds": ["u"]}],
    "_hash": "h",
    "owner": "someone",
}
QUERY: dict[str, Any] = {
    "title": {"$regex": "a", "$options": "i"},
    "amount": {"$gt": 1, "$in": [1, 2]},
    "$or": [{"kind": "goods"}, {"lines.quantity": {"$not": {"$exists": True}}}],
    "_createdOn": {"$lt": "2026-01-01"},
    "status": {"$nin": ["done"]},
}
OPERATION: dict[str, Any] = {
    "source": {"ddName": "Invoices", "_id": "x", "valuePath": "picture", "fileNames": ["a"], "fileIds": ["b"]},
    "target": {"ddName": "Invoices", "externalId": "y", "valuePath": "picture", "actionType": "append"},
    "move": True,
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(below, (*path, key))


def with_odd(value: Any) -> Iterator[Any]:
    """The value with each odd one at each of its places."""
    for path in places(value):
        for odd in ODD:
            if not path:
                yield odd
                continue
            changed = copy.deepcopy(value)
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = odd
            yield changed


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define(name="People", fields=[{"name": "name", "type": "text"}], lineBlocks=[], statuses=[])
    client.define(fields=[*DEFINITION["fields"], {"name": "owner", "type": "reference", "definition": "People"}])
    return client


def check(aero: Aero, method: str, path: str, body: Any = None, **query: Any) -> None:
    with transaction.atomic():
        said = {name: one if name == "valuePath" else json.dumps(one) for name, one in query.items()}
        answer = aero.call(method, path, json.dumps(body), query=said)
        assert answer.status_code < 500, (method, path, body, query, answer.content)
        assert answer.json()["status"] == ("ok" if answer.status_code < 300 else "error"), answer.content
        transaction.set_rollback(True)


def test_records(aero: Aero) -> None:
    kept = aero.new(title="kept")
    for body in with_odd(RECORD):
        check(aero, "PATCH", at(kept["_id"]), body)


def test_queries(aero: Aero) -> None:
    aero.new(title="kept")
    path = "/document-definitions/Invoices/documents"
    for query in with_odd(QUERY):
        check(aero, "GET", path, query=query)
    for options in with_odd({"sort": {"title": 1}, "skip": 0, "limit": 10, "fields": {"title": 1}}):
        check(aero, "GET", path, options=options)


def test_definitions(aero: Aero) -> None:
    group = {"name": "staff", "memberUserIds": ["u"], "permissions": [{"fields": ["title"], "view": True}]}
    fields = [
        {"name": "title", "label": "T", "type": "text", "required": True},
        {"name": "kind", "type": "picklist", "many": False, "options": ["a"]},
        {"name": "files", "type": "attachment", "maxAttachments": 1, "maxFileSizeMb": 1, "acceptedTypes": ["pdf"]},
    ]
    made = {"name": "Odd", "fields": fields, "lineBlocks": [{"name": "l", "fields": []}], "statuses": ["draft"]}
    for body in with_odd({**made, "accessGroups": [group]}):
        check(aero, "POST", "/document-definitions", body)


def test_copies(aero: Aero) -> None:
    for body in with_odd([OPERATION]):
        check(aero, "POST", "/documents/copyAttachments", body)
    here = "/document-definitions/Invoices/documents/x/attachments"
    for body in with_odd({"files": [{"fileName": "a.txt", "content": "YQ=="}]}):
        check(aero, "POST", here, body, valuePath="picture")
