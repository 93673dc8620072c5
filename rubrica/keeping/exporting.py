"""``rubrica export``: one process as the bundle that proves it, or all of an organization for another program."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from rubrica.accounts.models import Organization
from rubrica.files.models import Blob
from rubrica.keeping.places import Refused
from rubrica.keeping.progress import Progress
from rubrica.processes import bundle, naming
from rubrica.processes.models import Process, chain

LINES = "processes.jsonl"
CHUNK = 1 << 20


def bundle_to(process: Process, target: Path, *, dry_run: bool) -> dict[str, Any]:
    """The ZIP of ``GET /…/evidence``. Raises processes.errors.Refused while it is not ready."""
    if target.exists():
        raise Refused(f"{target} is there already.")
    if dry_run:
        bundle.check_ready(process)
        return {"process": process.public_id, "to": str(target)}
    size, part = 0, target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            for chunk in bundle.bundle(process):
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return {"process": process.public_id, "to": str(target), "bytes": size}


def everything_to(organization: Organization, target: Path, *, dry_run: bool) -> dict[str, Any]:
    """A line of JSON for each process, and each file of it once, at the path that the line names."""
    if target.exists() and any(target.iterdir()):
        raise Refused(f"{target} is not an empty folder.")
    found = organization.processes.order_by("pk")
    told: dict[str, Any] = {"organization": organization.slug, "processes": found.count(), "to": str(target)}
    if dry_run:
        return told
    target.mkdir(parents=True, exist_ok=True)
    progress, missing = Progress("Processes", told["processes"], ""), []
    with (target / LINES).open("w", encoding="utf-8") as lines:
        for process in found.iterator(200):
            line = _line(process)
            missing += [path for path, blob in _blobs(process) if not _copied(blob, target / path)]
            lines.write(json.dumps(line, ensure_ascii=False, cls=DjangoJSONEncoder) + "\n")
            progress.add(1)
    progress.end()
    return {**told, "missing": missing}


def _line(process: Process) -> dict[str, Any]:
    return {
        "id": process.public_id,
        "name": process.name,
        "state": process.state,
        "kind": process.kind,
        "created_at": process.created_at,
        "ended_at": process.ended_at,
        "creator": process.creator.email if process.creator else None,
        "custom": process.custom,
        "participants": [_person(person) for person in process.participants.order_by("pk")],
        "documents": [_document(process, number, paper) for number, paper in _documents(process)],
        "files": [_file(process, submission) for submission in _submissions(process)],
        "events": [_event(process, event) for event in process.events.order_by("sequence")],
    }


def _person(person: Any) -> dict[str, Any]:
    return {"id": person.public_id, "name": person.name, "email": person.email, "phone": person.phone,
            "role": person.role, "status": person.status}  # fmt: skip


def _documents(process: Process) -> Iterator[tuple[int, Any]]:
    papers = process.documents.select_related("original", "shown", "sealed").order_by("position", "pk")
    return enumerate(papers, start=1)


def _submissions(process: Process) -> Iterator[Any]:
    """Every version that came in, refused ones too."""
    for slot in process.requested_files.order_by("pk"):
        yield from slot.submissions.select_related("blob", "requested_file__participant").order_by("version")


def _document(process: Process, number: int, paper: Any) -> dict[str, Any]:
    return {
        "code": paper.code,
        "name": paper.name,
        "state": paper.state,
        "sealed_at": paper.sealed_at,
        "original": _described(_paper_path(process, number, paper, naming.ORIGINAL), paper.original),
        "sealed": _described(_paper_path(process, number, paper, naming.SEALED), paper.sealed),
    }


def _file(process: Process, submission: Any) -> dict[str, Any]:
    return {
        "name": submission.requested_file.name,
        "participant": submission.requested_file.participant.public_id,
        "version": submission.version,
        "file_name": submission.file_name,
        "decision": submission.decision,
        "reason": submission.reason,
        "content": _described(_submission_path(process, submission), submission.blob),
    }


def _described(path: str, blob: Blob | None) -> dict[str, Any] | None:
    return {"path": path, "sha256": blob.sha256, "size": blob.size, "type": blob.media_type} if blob else None


def _event(process: Process, event: Any) -> dict[str, Any]:
    return chain.line(event, process.public_id)


def _blobs(process: Process) -> Iterator[tuple[str, Blob]]:
    for number, paper in _documents(process):
        for name, blob in ((naming.ORIGINAL, paper.original), (naming.SEALED, paper.sealed)):
            if blob is not None:
                yield _paper_path(process, number, paper, name), blob
    for submission in _submissions(process):
        yield _submission_path(process, submission), submission.blob


def _paper_path(process: Process, number: int, paper: Any, name: str) -> str:
    return f"{process.public_id}/{naming.document_folder(number, paper.code)}/{name}"


def _submission_path(process: Process, submission: Any) -> str:
    return f"{process.public_id}/files/{submission.pk}-{naming.harmless(submission.file_name)}"


def _copied(blob: Blob, path: Path) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with blob.open() as source, path.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK)
    except FileNotFoundError:
        return False
    return True
