"""A client of the aero dialect, as a program of Acme's owner makes its calls."""

import json
from typing import Any

from rubrica.accounts.models import BearerToken, Member
from tests.contract.described import DescribedClient

DEFINITION: dict[str, Any] = {
    "name": "Invoices",
    "label": "Invoices of suppliers",
    "fields": [
        {"name": "title", "label": "Title", "type": "text"},
        {"name": "amount", "label": "Amount", "type": "number"},
        {"name": "paid", "type": "boolean"},
        {"name": "day", "type": "date"},
        {"name": "seen", "type": "dateTime"},
        {"name": "kind", "type": "picklist", "options": ["goods", "services"]},
        {"name": "tags", "type": "picklist", "many": True, "options": ["a", "b", "c"]},
        {"name": "sign", "type": "signature"},
        {"name": "picture", "type": "attachment"},
        {"name": "attachments.invoiceFiles", "type": "attachment", "maxAttachments": 3},
        {"name": "section.field.note", "type": "text"},
    ],
    "lineBlocks": [
        {
            "name": "lines",
            "fields": [
                {"name": "sku", "type": "text"},
                {"name": "quantity", "type": "number"},
                {"name": "photo", "type": "attachment"},
            ],
        }
    ],
    "statuses": ["draft", {"name": "done", "label": "Done"}],
}


class Aero:
    """Calls with the token of a member and without an ``environment-id``, unless one is given."""

    def __init__(self, member: Member) -> None:
        self.member, self.client = member, DescribedClient(raise_request_exception=True)
        self.token, self.secret = BearerToken.issue(member)

    def call(
        self, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None, **headers: str
    ) -> Any:
        """``path`` below ``/api/v2``; a body that is no text or bytes goes as JSON."""
        raw = body if isinstance(body, str | bytes) else b"" if body is None else json.dumps(body)
        sent = {
            "Authorization": f"Bearer {self.secret}",
            **{name.replace("_", "-"): one for name, one in headers.items()},
        }
        said = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (query or {}).items()}
        kind = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, f"/api/v2{path}", raw, kind, headers=sent, query_params=said)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, body)

    def put(self, path: str, body: Any = None) -> Any:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Any:
        return self.call("PATCH", path, body)

    def delete(self, path: str, **query: Any) -> Any:
        return self.call("DELETE", path, query=query)

    def define(self, **changes: Any) -> dict[str, Any]:
        """A definition that must be accepted."""
        answer = self.post("/document-definitions", DEFINITION | changes)
        assert answer.status_code == 200, answer.content
        made: dict[str, Any] = answer.json()["documentDefinition"]
        return made

    def new(self, dd: str = "Invoices", **values: Any) -> dict[str, Any]:
        """A document that must be accepted."""
        answer = self.post(f"/document-definitions/{dd}/documents/new", values)
        assert answer.status_code == 201, answer.content
        made: dict[str, Any] = answer.json()["document"]
        return made


def at(doc: str, dd: str = "Invoices") -> str:
    return f"/document-definitions/{dd}/documents/{doc}"


def says(answer: Any, status: int, code: str, description: str | None = None) -> None:
    """The error envelope; the description is compared where it is given."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert (body["status"], body["error"]) == ("error", code), body
    assert body["description"] and body["message"]
    if description is not None:
        assert body["description"] == description


def ok(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    assert body["status"] == "ok"
    return body
