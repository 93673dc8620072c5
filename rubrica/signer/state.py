"""What a participant sees of the process: the one answer that page and programs share (contract/own.md §2)."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from rubrica.files.links import download_url
from rubrica.processes import consent
from rubrica.processes.models import Document, Participant, Process, RequestedFile, SignatureBox
from rubrica.processes.models.requested_file import APPROVED
from rubrica.signer import fields
from rubrica.signer.identity_state import identity_state
from rubrica.signer.identity_state import steps as identity_steps
from rubrica.signer.proof import identity_of

State = dict[str, Any]


def participant_state(participant: Participant, request: HttpRequest) -> State:
    """The request tells whether this browser has entered the code, where one is asked."""
    identity = identity_of(request, participant)
    state = _whole_state(participant) | {"identity": identity_state(identity)}
    waiting = participant.status == Participant.Status.PENDING
    state["steps"] = [*identity_steps(identity, waiting=waiting), *state["steps"]]
    return state if identity.is_passed else _without_document(state, participant.process)


def _without_document(state: State, process: Process) -> State:
    """Before it is sure who looks, nothing is shown of what the document says, is called or asks."""
    closed = [
        step | {"state": "locked"} if step["kind"] in {"files", "sign", "approve"} else step for step in state["steps"]
    ]
    hidden: State = {name: [] for name in ("pages", "boxes", "documents", "files", "waitingFor", "downloads")}
    # Who has to prove who they are and nothing else is told what for: there is no document behind that name.
    name = process.name if process.kind == Process.Kind.IDENTITY else ""
    told = state["process"] | {"name": name, "message": "", "subject": ""}
    return state | hidden | {"process": told, "document": None, "steps": closed}


def _whole_state(participant: Participant) -> State:
    process = participant.process
    documents = list(participant.own_documents().select_related("shown", "sealed"))
    document = documents[0] if documents else None
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
        "pages": _pages(document),
        "boxes": _boxes(participant, document),
        "documents": [_whole(participant, each) for each in documents if each.shown],
        "files": [_file(file) for file in files],
        "consent": consent.sentence(participant.language),
        "limits": {"maxBytes": settings.MAX_UPLOAD_BYTES},
        "waitingFor": _waiting_for(participant),
        "downloads": _downloads(participant, documents, files),
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
    if participant.role == Participant.Role.APPROVER:
        steps.append({"kind": "approve", "state": _state(done=done, locked=locked)})
    return steps


def _state(*, done: bool, locked: bool) -> str:
    if done:
        return "done"
    return "locked" if locked else "todo"


def _document(document: Document | None) -> dict[str, Any] | None:
    if document is None or document.shown is None:
        return None
    return {"code": document.code, "name": document.name, "pages": len(document.pages)}


def _pages(document: Document | None) -> list[dict[str, float]]:
    return [{"width": width, "height": height} for width, height in document.pages] if document else []


def _whole(participant: Participant, document: Document) -> dict[str, Any]:
    """One of the documents that this person has before them; a package has several."""
    return {
        "code": document.code,
        "name": document.name,
        "pages": _pages(document),
        "boxes": _boxes(participant, document),
        "fields": _fields(participant, document),
    }


def _boxes(participant: Participant, document: Document | None) -> list[dict[str, float]]:
    """Places to sign, as fractions of the displayed page from its top left corner."""
    if document is None or not document.pages:
        return []
    boxes = participant.boxes.filter(document=document, kind=SignatureBox.Kind.SIGNATURE)
    return [_place(document, box) for box in boxes]


def _fields(participant: Participant, document: Document) -> list[dict[str, Any]]:
    """What is to be filled in besides, at places given alike."""
    if not document.pages:
        return []
    boxes = participant.boxes.filter(document=document)
    return fields.shown(boxes, partial(_place, document), participant.process.language)


def _place(document: Document, box: SignatureBox) -> dict[str, float]:
    page_width, page_height = document.pages[box.page - 1]
    w, h = box.width / page_width, box.height / page_height
    return {"page": box.page, "x": box.x - w, "y": box.y - h, "w": w, "h": h}


def _file(file: RequestedFile) -> dict[str, Any]:
    answer = {"id": str(file.pk), "name": file.name, "optional": file.optional, "status": file.status}
    if file.current is not None:
        answer |= {
            "fileName": file.current.file_name,
            "size": file.current.blob.size,
            "uploadedAt": file.current.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        if file.current.reason:
            answer["note" if file.status == APPROVED else "reason"] = file.current.reason
    return answer


def _waiting_for(participant: Participant) -> list[str]:
    others = participant.process.participants.exclude(pk=participant.pk)
    return [other.name for other in others if other.status != Participant.Status.FINISH]


def _downloads(participant: Participant, documents: list[Document], files: list[RequestedFile]) -> list[dict[str, str]]:
    """What this person may keep: the documents as read, the sealed ones, and what they delivered themselves."""
    if participant.status == Participant.Status.PENDING:
        return []
    found = []
    for document in documents:
        if document.sealed_id:
            found.append(("sealed", document.sealed_id, document.file_name))
        elif document.shown_id:
            found.append(("document", document.shown_id, document.file_name))
    found += [("file", file.current.blob_id, file.current.file_name) for file in files if file.current]
    return [{"kind": kind, "name": name, "url": download_url(blob, name)} for kind, blob, name in found]
