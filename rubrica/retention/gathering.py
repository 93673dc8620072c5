"""What an organization holds of a person, in the words of a person (GDPR art. 15, Ley 1581 art. 8)."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q

from rubrica.bulk.columns import PERSON_FIELDS
from rubrica.bulk.models import BatchRow
from rubrica.files.models import Blob
from rubrica.processes import naming
from rubrica.processes.models import (
    Document,
    Event,
    IdentityCapture,
    Participant,
    Process,
    RequestedFile,
    Signature,
    Submission,
)
from rubrica.records.models import Record
from rubrica.retention.people import Person

Json = dict[str, Any]
Step = Callable[[], None]


class Gathered:
    """``data`` becomes data.json; ``files`` are the paths of the ZIP with what goes there."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.files: dict[str, Blob] = {}
        self.data: Json = {}

    def gather(self, told: Step = lambda: None) -> "Gathered":
        """Calls ``told`` after each process."""
        processes = []
        for one in self.person.participants:
            processes.append(self._process(one))
            told()
        self.data = {
            "organization": self.person.organization.name,
            "person": self.person.identifier,
            "processes": processes,
            **self._elsewhere(),
        }
        return self

    def _process(self, me: Participant) -> Json:
        process = me.process
        documents = process.documents.select_related("sealed").filter(parts__participant=me).order_by("position")
        return {
            "process": process.public_id,
            "name": process.name,
            "message": process.message,
            "state": process.state,
            "begun": process.created_at,
            "ended": process.ended_at,
            "you": _participant(me),
            "documents": [self._document(process, document) for document in documents],
            "files": [self._slot(process, slot) for slot in me.requested_files.all()],
            "signature": self._signature(process, me),
            "fields": list(me.boxes.exclude(value=None).values("kind", "name", "value", "page")),
            "checks": [self._check(process, check) for check in me.checks.all()],
            "events": [_event(event, me) for event in events_about(process, me)],
        }

    def _document(self, process: Process, document: Document) -> Json:
        path = f"documents/{process.public_id}-{document.code}.pdf"
        return {"code": document.code, "name": document.name, "sealed": self._file(path, document.sealed)}

    def _slot(self, process: Process, slot: RequestedFile) -> Json:
        versions = slot.submissions.select_related("blob").order_by("version")
        return {"asked": slot.name, "versions": [self._version(process, one) for one in versions]}

    def _version(self, process: Process, one: Submission) -> Json:
        path = f"files/{process.public_id}-{one.pk}-{naming.harmless(one.file_name)}"
        return {
            "name": one.file_name,
            "at": one.created_at,
            "decision": one.decision,
            "reason": one.reason,
            "content": self._file(path, one.blob),
        }

    def _signature(self, process: Process, me: Participant) -> Json | None:
        found = Signature.objects.select_related("image", "initials").filter(participant=me).first()
        if found is None:
            return None
        begins = f"signatures/{process.public_id}-{me.public_id}"
        return {
            "kind": found.kind,
            "text": found.text,
            "initials": found.initials_text,
            "agreedTo": found.consent,
            "at": found.signed_at,
            "ip": found.ip,
            "browser": found.user_agent,
            "image": self._file(f"{begins}.png", found.image),
            "initialsImage": self._file(f"{begins}-initials.png", found.initials),
        }

    def _check(self, process: Process, check: Any) -> Json:
        pictures = check.captures.select_related("original")
        return {
            "kind": check.kind,
            "state": check.state,
            "agreedAt": check.consented_at,
            "settledAt": check.settled_at,
            "decidedBy": check.decided_by,
            "pictures": [self._picture(process, check.kind, one) for one in pictures],
        }

    def _picture(self, process: Process, kind: str, one: IdentityCapture) -> Json:
        path = f"pictures/{process.public_id}-{kind}-{one.pk}{_ending(one.original)}"
        told = self._file(path, one.original) or {"sha256": one.sha256, "erased": True}
        return {"at": one.created_at, "similarity": one.similarity, "content": told}

    def _file(self, path: str, blob: Blob | None) -> Json | None:
        if blob is None:
            return None
        if blob.erased_at is not None:
            return {"sha256": blob.sha256, "size": blob.size, "erased": True}
        self.files[path] = blob
        return {"path": path, "sha256": blob.sha256, "size": blob.size}

    def _elsewhere(self) -> Json:
        person = self.person
        letters = (
            person.notifications().order_by("pk").values("kind", "channel", "to", "state", "created_at", "sent_at")
        )
        filled = person.completions().order_by("pk").values("process__public_id", "fixed", "typed", "created_at")
        rows = person.rows().select_related("batch").order_by("pk")
        records = person.records().select_related("definition").order_by("pk")
        return {
            "messages": list(letters),
            "completions": list(filled),
            "bulkRows": [_row(person, row) for row in rows.iterator(chunk_size=500)],
            "drafts": list(person.drafts().order_by("pk").values_list("public_id", flat=True)),
            "records": [_record(person, record) for record in records.iterator(chunk_size=500)],
        }


def events_about(process: Process, me: Participant) -> Iterator[Event]:
    about = Q(actor_kind="participant", actor=me.public_id) | Q(data__participant=me.public_id)
    yield from process.events.filter(about).order_by("sequence")


def _row(person: Person, row: BatchRow) -> Json:
    """Of a row that tells of several people the cells that name this one, and those of the signer whom these name."""
    cells = [str(cell) for cell in row.cells]
    mine = {number for number, cell in enumerate(cells) if person.is_named(cell)}
    for signer in row.batch.content.get("people", []):
        columns = _columns_of(signer, row.batch.chosen)
        if _is_signer(person, signer, columns, cells):
            mine |= set(columns.values())
    headings = dict(enumerate(row.batch.headings))
    told = [{"column": headings.get(n, ""), "value": cell} for n, cell in enumerate(cells) if n in mine]
    return {"batch": row.batch.name, "number": row.number, "cells": told}


def _columns_of(signer: Json, chosen: Json) -> dict[str, int]:
    """Where the file says who this signer is, by field."""
    targets: dict[str, int] = chosen.get("columns", {})
    return {field: targets[key] for field in PERSON_FIELDS if (key := f"{signer.get('id')}.{field}") in targets}


def _is_signer(person: Person, signer: Json, columns: dict[str, int], cells: list[str]) -> bool:
    """By the address where there is one: two people may share a telephone, or a name."""
    said = {field: cells[number] for field, number in columns.items() if number < len(cells)}
    email = said.get("email") or signer.get("email")
    return person.is_named(email) if email else any(person.is_named(one) for one in said.values())


def _record(person: Person, record: Record) -> Json:
    """A record may tell of many: where it is, and what in it names this person."""
    return {
        "definition": record.definition.name,
        "key": record.key,
        "externalId": record.external_id if person.is_named(record.external_id or "") else None,
        "created": record.created_at,
        "values": _naming(person, record.values),
    }


def _naming(person: Person, value: Any) -> Any:
    """Only the members, however deep, that are one of the person's names; None where there are none."""
    if isinstance(value, dict):
        inside = {name: found for name, one in value.items() if (found := _naming(person, one)) is not None}
        return inside or None
    if isinstance(value, list):
        return [found for one in value if (found := _naming(person, one)) is not None] or None
    return value if person.is_named(str(value)) else None


def _participant(me: Participant) -> Json:
    named = {name: getattr(me, name) for name in ("name", "email", "phone", "role", "status", "language")}
    return {**named, "id": me.public_id, "identity": me.identity, "finished": me.finished_at}


def _event(event: Event, me: Participant) -> Json:
    mine = event.actor_kind == "participant" and event.actor == me.public_id
    who = {"ip": event.ip, "browser": event.user_agent} if mine else {}
    return {"kind": event.kind, "at": event.at, "by": event.actor_kind, **who, "data": event.data}


def _ending(blob: Blob | None) -> str:
    kinds = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "video/mp4": ".mp4",
             "video/webm": ".webm"}  # fmt: skip
    return kinds.get(blob.media_type, "") if blob else ""
