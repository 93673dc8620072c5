"""A client of the Auco dialect, and what there is to see in the database after a call."""

import json
from typing import Any

from django.db import connection

from rubrica.files import storage
from rubrica.files.models import Blob, UploadTicket
from rubrica.processes.models import Document, Event, Participant, Process
from tests.cast import Acme
from tests.contract.described import DescribedClient

BASE = "/v1.5/ext"
PATHS = [f"{BASE}/attachments", f"{BASE}/package/upload"]


class Auco:
    """Calls as a program of the organization makes them: with its bare key and JSON."""

    def __init__(self, acme: Acme) -> None:
        self.acme, self.client = acme, DescribedClient(raise_request_exception=True)

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> Any:
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"Authorization": self.acme.private_key if key is None else key, **headers}
        return self.client.post(BASE + path, raw, "application/json", headers=headers)

    def get(self, path: str, key: str | None = None, **query: str) -> Any:
        key = self.acme.public_key if key is None else key
        return self.client.get(BASE + path, query, headers={"Authorization": key})

    def download(self, url: str) -> bytes:
        """What a signed address gives, without any key."""
        answer: Any = self.client.get(url.removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content)

    def create(self, body: dict[str, Any]) -> Process:
        """Starts a process that must be accepted."""
        answer = self.post("/attachments", body)
        assert answer.status_code == 200, answer.content
        return Process.objects.get(public_id=answer.json()["package"])

    def refused(self, body: Any, message: str = "VALIDATION_ERROR") -> dict[str, str]:
        """Sends what must be refused with 400; gives the codes by field. Nothing may be stored then."""
        before = stored()
        answer = self.post("/attachments", body)
        assert (answer.status_code, answer.json()["message"]) == (400, message), answer.content
        assert stored() == before
        return {error["field"]: error["code"] for error in answer.json()["errors"]}


def stored() -> dict[str, int]:
    """How much there is of everything that a call could leave behind."""
    counts = {model.__name__: model.objects.count() for model in (Process, Document, Participant, Event, Blob)}
    counts["UploadTicket"] = UploadTicket.objects.count()
    counts["jobs"] = len(jobs())
    counts["incoming"] = len(list(storage.incoming().iterdir()))
    counts["files"] = sum(path.is_file() for path in storage.incoming().parent.rglob("*"))
    return counts


def jobs(task: str = "") -> list[dict[str, Any]]:
    """The arguments of the jobs that wait, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name LIKE %s ORDER BY id", [f"%{task}" if task else "%"]
        )
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
