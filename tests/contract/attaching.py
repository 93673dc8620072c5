"""Files for the aero dialect's tests, in the ways in which programs send them."""

import base64
from typing import Any

from rubrica.files import storage
from rubrica.files.models import Blob
from rubrica.records.models import Attachment, RecordEvent
from tests.contract.aero import Aero, at, ok

BOUNDARY = "a-boundary-of-the-tests"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
FIELDS: list[dict[str, Any]] = [
    {"name": "title", "type": "text"},
    {"name": "picture", "type": "attachment"},
    {"name": "attachments.invoiceFiles", "type": "attachment", "maxAttachments": 3},
    {"name": "scan", "type": "attachment", "maxFileSizeMb": 0.01, "acceptedTypes": ["application/pdf", ".csv"]},
    {"name": "thumb", "type": "attachment", "maxImageWidth": 30, "acceptedTypes": ["image/*"]},
]

Files = dict[str, bytes]
Wire = dict[str, Any]


def form(files: Files) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x{index}"; filename="{name}"\r\n\r\n'.encode() + content
        for index, (name, content) in enumerate(files.items())
    ]
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def listed(files: Files) -> list[dict[str, str]]:
    return [{"fileName": name, "content": base64.b64encode(content).decode()} for name, content in files.items()]


class Field:
    """The files of one document's field, over HTTP."""

    def __init__(self, aero: Aero, doc: str, value_path: str = "picture", dd: str = "Invoices") -> None:
        self.aero, self.value_path, self.doc, self.dd = aero, value_path, doc, dd
        self.path = f"{at(doc, dd)}/attachments"

    def send(self, files: Files, method: str = "POST", **query: str) -> Any:
        """As a form; gives the raw answer."""
        asked = {"valuePath": self.value_path, **query}
        return self.aero.call(method, self.path, form(files), query=asked, Content_Type=FORM)

    def send_json(self, body: Any, method: str = "POST", **query: str) -> Any:
        return self.aero.call(method, self.path, body, query={"valuePath": self.value_path, **query})

    def save(self, files: Files, method: str = "POST", **query: str) -> list[Wire]:
        """What must be accepted: the new attachments."""
        made: list[Wire] = ok(self.send(files, method, **query))["attachments"]
        return made

    def listed(self) -> list[Wire]:
        found: list[Wire] = ok(self.aero.get(self.path, valuePath=self.value_path))["attachments"]
        return found

    def names(self) -> list[str]:
        return [file["_fileName"] for file in self.listed()]

    def delete(self, *keys: str, **query: str) -> Any:
        return self.aero.delete(self.path, valuePath=self.value_path, attachmentId=",".join(keys), **query)

    def place(self, **more: Any) -> dict[str, Any]:
        """As an operation of a copy names it."""
        return {"ddName": self.dd, "_id": self.doc, "valuePath": self.value_path, **more}


def fetch(aero: Aero, url: str, **headers: str) -> Any:
    """Without any token."""
    return aero.client.get(url.removeprefix("http://127.0.0.1:8000"), headers=headers)


def content_of(aero: Aero, url: str) -> bytes:
    answer = fetch(aero, url)
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def stored() -> dict[str, int]:
    """How much there is of everything that a refused call could leave behind."""
    counts = {model.__name__: model.objects.count() for model in (Attachment, Blob, RecordEvent)}
    counts["incoming"] = len(list(storage.incoming().iterdir()))
    counts["files"] = sum(path.is_file() for path in storage.incoming().parent.rglob("*"))
    return counts
