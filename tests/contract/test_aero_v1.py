"""v1's attachments: their own words, headers and envelopes (contract/aero.md §5)."""

import json
from typing import Any

import pytest

from rubrica.records.ids import user_id
from tests.cast import Acme
from tests.contract.aero import Aero, at, ok
from tests.contract.attaching import FIELDS, FORM, Field, Files, content_of, form

HANDLE = "bdr:200¡adm:05¡prj:6"


class V1:
    """Calls with ``X-User-Id``, ``X-Auth-Token`` and the environment in the query."""

    def __init__(self, aero: Aero) -> None:
        self.aero = aero
        self.headers = {"X-Auth-Token": aero.secret, "X-User-Id": str(user_id(aero.member.pk))}

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json", **query: str) -> Any:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        asked = {"environmentId": "acme", **query}
        return self.aero.client.generic(method, f"/api/v1{path}", raw, kind, headers=self.headers, query_params=asked)

    def bytes(self, key: str, **query: str) -> bytes:
        answer = self.call("GET", f"/attachments/{key}", **query)
        assert answer.status_code == 200, answer.content
        assert answer.headers["Content-Disposition"].startswith("attachment")
        return b"".join(answer.streaming_content)

    def save(self, files: Files, **query: str) -> list[dict[str, Any]]:
        answer = self.call("POST", "/attachments", form(files), FORM, **query)
        assert answer.status_code == 200, answer.content
        assert answer.json()["status"] == "success"
        assert answer.json()["message"] == "Attachments was successfully saved"
        made: list[dict[str, Any]] = answer.json()["attachments"]
        return made


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define(fields=FIELDS)
    return client


@pytest.fixture
def v1(aero: Aero) -> V1:
    return V1(aero)


@pytest.fixture
def document(aero: Aero) -> dict[str, Any]:
    return aero.new(externalId=HANDLE, lines=[{"sku": "a", "externalId": "first"}, {"sku": "b"}])


def refused(answer: Any, status: int, said: str | None = None) -> None:
    assert answer.status_code == status, answer.content
    body = answer.json()
    assert set(body) == {"status", "error"} and body["status"] == "error"
    if said is not None:
        assert body["error"] == said


def test_it_works(v1: V1, document: dict[str, Any]) -> None:
    where = {"ddName": "Invoices", "externalId": HANDLE, "fieldName": "picture"}
    (made,) = v1.save({"a.txt": b"a"}, **where)
    assert v1.bytes(made["_id"]) == b"a"
    answer = v1.call("DELETE", f"/attachments/{made['_id']}")
    assert answer.json() == {
        "status": "success", "message": f"Attachment {made['_id']} was successfully removed."}  # fmt: skip
    refused(v1.call("DELETE", f"/attachments/{made['_id']}"), 404)
    refused(v1.call("GET", f"/attachments/{made['_id']}"), 404)
    refused(v1.call("GET", "/attachments/%00"), 404)


def test_append_and_replace(v1: V1, document: dict[str, Any]) -> None:
    where = {"ddId": document["_documentDefinitionId"], "documentId": document["_id"], "fieldName": "picture"}
    v1.save({"a.txt": b"a"}, **where)
    assert [file["_fileName"] for file in v1.save({"b.txt": b"b"}, actionType="append", **where)] == ["b.txt"]
    field = Field(v1.aero, document["_id"])
    assert field.names() == ["a.txt", "b.txt"]
    v1.save({"c.txt": b"c"}, actionType="replace", **where)
    assert field.names() == ["c.txt"]
    answer = v1.call("POST", "/attachments", form({"a.txt": b"a"}), FORM, actionType="Upload", **where)
    refused(answer, 400, 'Query error: "actionType" must be one of [append, replace]')


def test_a_line_is_named_by_its_ids(v1: V1, document: dict[str, Any]) -> None:
    first, second = (line["_id"] for line in document["lines"])
    where = {"ddName": "Invoices", "documentId": document["_id"], "fieldName": "photo", "lineName": "lines"}
    v1.save({"a.txt": b"a"}, lineExternalId="first", **where)
    v1.save({"b.txt": b"b"}, lineId=second, lineExternalId="first", **where)
    assert Field(v1.aero, document["_id"], f"lines.{first}.photo").names() == ["a.txt"]
    assert Field(v1.aero, document["_id"], f"lines.{second}.photo").names() == ["b.txt"]
    answer = v1.call("POST", "/attachments", form({"a.txt": b"a"}), FORM, **where)
    refused(answer, 400, 'Query error: "value" must contain at least one of [lineId, lineExternalId]')


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("ddName", 'Query error: "value" must contain at least one of [ddId, ddName]'),
        ("externalId", 'Query error: "value" must contain at least one of [documentId, externalId]'),
        ("fieldName", 'Query error: "fieldName" is required'),
        ("environmentId", 'Query error: "environmentId" is required'),
    ],
)
def test_what_must_be_said(v1: V1, document: dict[str, Any], left_out: str, said: str) -> None:
    where = {"ddName": "Invoices", "externalId": HANDLE, "fieldName": "picture", "environmentId": "acme", left_out: ""}
    refused(v1.call("POST", "/attachments", form({"a.txt": b"a"}), FORM, **where), 400, said)


def test_an_address_beside_the_id_must_be_the_files_own(v1: V1, document: dict[str, Any]) -> None:
    where = {"ddName": "Invoices", "externalId": HANDLE, "fieldName": "picture"}
    (made,) = v1.save({"a.txt": b"a"}, **where)
    assert v1.bytes(made["_id"], **where) == b"a"
    refused(v1.call("GET", f"/attachments/{made['_id']}", **{**where, "fieldName": "scan"}), 404)
    refused(v1.call("DELETE", f"/attachments/{made['_id']}", **{**where, "fieldName": "scan"}), 404)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_copy(v1: V1, document: dict[str, Any], method: str) -> None:
    Field(v1.aero, document["_id"]).save({"a.txt": b"a", "b.txt": b"b"})
    line = document["lines"][1]["_id"]
    operation = {
        "source": {"ddName": "Invoices", "_id": document["_id"], "fieldName": "picture", "fileNames": ["b.txt"]},
        "target": {
            "ddName": "Invoices", "externalId": HANDLE, "fieldName": "photo", "lineName": "lines", "lineId": line,
        },
    }  # fmt: skip
    answer = v1.call(method, "/documents/copyAttachments", [operation])
    assert (answer.status_code, answer.json()["status"]) == (200, "success")
    (copied,) = answer.json()["attachments"]
    assert copied["_fileName"] == "b.txt" and content_of(v1.aero, copied["downloadURL"]) == b"b"
    assert Field(v1.aero, document["_id"], f"lines.{line}.photo").names() == ["b.txt"]
    operation["source"]["fileNames"] = ["c.txt"]
    refused(v1.call(method, "/documents/copyAttachments", [operation]), 404)
    operation["target"].pop("lineId")
    refused(v1.call(method, "/documents/copyAttachments", [operation]), 400)


def test_bad_tokens_and_strangers(v1: V1, document: dict[str, Any], other: Acme) -> None:
    (made,) = Field(v1.aero, document["_id"]).save({"a.txt": b"a"})
    stranger = V1(Aero(other.owner))
    refused(stranger.call("GET", f"/attachments/{made['_id']}"), 403)
    refused(stranger.call("GET", f"/attachments/{made['_id']}", environmentId="other"), 404)
    v1.headers["X-Auth-Token"] = "x"
    refused(v1.call("GET", f"/attachments/{made['_id']}"), 401, "Unauthorized")


def test_a_reviewer_reads_and_does_not_delete(acme: Acme, v1: V1, document: dict[str, Any]) -> None:
    (made,) = Field(v1.aero, document["_id"]).save({"a.txt": b"a"})
    reviewer = V1(Aero(acme.reviewer))
    assert reviewer.bytes(made["_id"]) == b"a"
    refused(reviewer.call("DELETE", f"/attachments/{made['_id']}"), 403)
    assert ok(v1.aero.get(at(document["_id"])))["document"]["picture"][0]["_id"] == made["_id"]
