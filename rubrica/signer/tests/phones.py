"""A participant's own client, which knows nothing but the link."""

import json
from typing import Any

from django.test import Client

from rubrica.processes.models import Participant, Process
from tests import sending


class Phone:
    """What the page of a participant does, over HTTP."""

    def __init__(self, participant: Participant) -> None:
        self.base, self.client = sending.link(participant), Client()

    def state(self) -> dict[str, Any]:
        answer = self.get("/state")
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str) -> Any:
        return self.client.get(self.base + path)

    def post(self, path: str, body: Any = None) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(self.base + path, raw, "application/json")

    def put(
        self, file: int, content: bytes, name: str | None = "cédula.jpg", kind: str = "image/jpeg", **more: Any
    ) -> Any:
        """``name`` as browsers send it; None sends no name at all."""
        from urllib.parse import quote

        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"} if name else {}
        return self.client.put(f"{self.base}/files/{file}", content, kind, headers=headers, **more)

    def delete(self, file: int) -> Any:
        return self.client.delete(f"{self.base}/files/{file}")

    def sign(self, **body: Any) -> Any:
        return self.post("/signature", {"kind": "type", "text": "Ana Pérez", "consent": True} | body)


def phone(process: Process, name: str = "Ana") -> Phone:
    return Phone(sending.somebody(process, name))


def says(answer: Any, status: int, message: str) -> None:
    """A failure in the form of own.md §2."""
    assert (answer.status_code, answer.json().get("message")) == (status, message), answer.content
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["detail"].strip()
