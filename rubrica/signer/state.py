"""What a participant sees of the process: the one answer that page and programs share (contract/own.md §2)."""

from typing import Any

from django.conf import settings

from rubrica.files.links import download_url
from rubrica.processes import consent
from rubrica.processes.models import Document, Participant, RequestedFile

State = dict[str, Any]


def participant_state(participant: Participant) -> State:
    process = participant.process
    document = process.documents.select_related("original", "sealed").first()
    files = list(participant.requested_files.select_related("current__blob"))
    return {
        "process": {
            "name": process.name,
            "message": process.message,
            "subject": process.subject,
            "finish": process.is_finished,
            "state": process.state,
        },
        "participant": {
            "id": participant.public_id,
            "name": participant.name,
            "role": participant.role.upper(),
            "status": participant.status,
        },
        "sender": {"organization": process.organization.name, "name": str(process.creator or process.creator_email)},
        "steps": _steps(participant, document, files),
        "document": _document(document),
        "pages": [{"width": w, "height": h} for w, h in document.pages] if document else [],
        "boxes": _boxes(participant, document),
        "files": [_file(file) for file in files],
        "consent": consent.sentence(participant.language),
        "limits": {"maxBytes": settings.MAX_UPLOAD_BYTES},
        "waitingFor": _waiting_for(participant),
        "downloads": _downloads(participant, document, files),
    }


def _steps(participant: Participant, document: Document | None, files: list[RequestedFile]) -> list[dict[str, str]]:
    delivered = participant.has_delivered()
    waiting = participant.status == Participant.Status.PENDING
    done = participant.status == Participant.Status.FINISH
    locked = waiting or any(not file.optional and not file.is_delivered for file in files)
    steps = []
    if files:
        steps.append({"kind": "files", "state": _state(done=delivered, locked=waiting)})
    if document and participant.is_signer:
        steps.append({"kind": "sign", "state": _state(done=done, locked=locked)})
    if not participant.is_signer:
        steps.append({"kind": "approve", "state": _state(done=done, locked=locked)})
    return steps


def _state(*, done: bool, locked: bool) -> str:
    if done:
        return "done"
    return "locked" if locked else "todo"


def _document(document: Document | None) -> dict[str, Any] | None:
    if document is None or document.original is None:
        return None
    return {"code": document.code, "name": document.name, "pages": len(document.pages)}


def _boxes(participant: Participant, document: Document | None) -> list[dict[str, float]]:
    """Places to sign, as fractions of the displayed page from its top left corner."""
    if document is None or not document.pages:
        return []
    boxes = []
    for box in participant.boxes.filter(document=document):
        page_width, page_height = document.pages[box.page - 1]
        w, h = box.width / page_width, box.height / page_height
        boxes.append({"page": box.page, "x": box.x - w, "y": box.y - h, "w": w, "h": h})
    return boxes


def _file(file: RequestedFile) -> dict[str, Any]:
    answer = {"id": str(file.pk), "name": file.name, "optional": file.optional, "status": file.status}
    if file.current is not None:
        answer |= {
            "fileName": file.current.file_name,
            "size": file.current.blob.size,
            "uploadedAt": file.current.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        if file.current.reason:
            answer["reason"] = file.current.reason
    return answer


def _waiting_for(participant: Participant) -> list[str]:
    others = participant.process.participants.exclude(pk=participant.pk)
    return [other.name for other in others if other.status != Participant.Status.FINISH]


def _downloads(participant: Participant, document: Document | None, files: list[RequestedFile]) -> list[dict[str, str]]:
    """What this person may keep: the document as read, the sealed one, and what they delivered themselves."""
    if participant.status == Participant.Status.PENDING:
        return []
    found = []
    if document and document.sealed_id:
        found.append(("sealed", document.sealed_id, document.file_name))
    elif document and document.original_id:
        found.append(("document", document.original_id, document.file_name))
    found += [("file", file.current.blob_id, file.current.file_name) for file in files if file.current]
    return [{"kind": kind, "name": name, "url": download_url(blob, name)} for kind, blob, name in found]
