"""Processes that ask for files: start one, watch it, review what comes in (contract/auco.md §§3–4, own.md §3)."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import errors, reads, sources, translate
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.schemas import AttachmentsIn, ReviewIn, UploadUrlIn
from rubrica.api.auco.uploads import upload_url
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Document, Participant, RequestedFile
from rubrica.processes.starting import start

router = Router()


@router.post("/attachments", auth=PRIVATE)
@router.post("/package/upload", auth=PRIVATE, operation_id="createPackage")
def create_attachments(request: HttpRequest, payload: AttachmentsIn) -> dict[str, str]:
    """Starts a process: files asked of each participant, with or without a document to sign (§3)."""
    organization = organization_of(request)
    template = sources.template_of(organization, payload.document)
    translate.check(organization, payload, template)
    with sources.pdf_of(payload.file, template) as pdf:
        process = start(organization, translate.sending(organization, payload, pdf, template), actor_of(request))
    answer = {"package": process.public_id}
    document = process.documents.get() if translate.has_document(payload) else None
    if document is not None:
        answer["code"] = document.code
        if payload.compress:
            answer["url"] = upload_url(document)
    return answer


@router.post("/package/upload/url", auth=PRIVATE)
def fresh_upload_url(request: HttpRequest, payload: UploadUrlIn) -> dict[str, str]:
    """One more single-use address while the PDF of a ``compress`` process has not arrived (own.md §3)."""
    known = Document.objects.select_related("organization", "process")
    document = known.filter(organization=organization_of(request), code=payload.code).first()
    if document is None:
        raise errors.ApiError("DOCUMENT_NOT_FOUND")
    document.check_awaited()
    return {"code": document.code, "url": upload_url(document)}


@router.post("/attachments/review", auth=PRIVATE)
def review_attachment(request: HttpRequest, payload: ReviewIn) -> dict[str, object]:
    """Approves a file, sends it back with a reason, or takes a decision back (own.md §3)."""
    participant = _participant(organization_of(request), payload)
    slot = _slot(participant, payload.file)
    if payload.decision == "approve":
        slot.approve(actor_of(request), payload.reason)
    elif payload.decision == "reject":
        if not payload.reason.strip():
            raise Invalid(Problem(("reason",), "REASON_REQUIRED", "Say why the file is rejected."))
        slot.reject(payload.reason, actor_of(request))
    else:
        slot.reset(actor_of(request))
    return reads.review_answer(participant)


def _participant(organization: Organization, payload: ReviewIn) -> Participant:
    found = Participant.objects.select_related("process").filter(
        organization=organization, process__public_id=payload.package, public_id=payload.userId
    )
    participant = found.first()
    if participant is None:
        raise errors.ApiError("ATTACHMENT_NOT_FOUND")
    return participant


def _slot(participant: Participant, wanted: str) -> RequestedFile:
    """By id or by name; the id wins."""
    slots = list(participant.requested_files.all())
    for slot in slots:
        if str(slot.pk) == wanted:
            return slot
    for slot in slots:
        if slot.name == wanted:
            return slot
    raise errors.ApiError("ATTACHMENT_NOT_FOUND")


@router.get("/attachments", auth=None)
def get_attachments(request: HttpRequest) -> HttpResponse:
    """The process and, with ``userId``, what one participant has delivered (§4)."""
    answer = reads.attachments(request.headers.get("Authorization", ""), request.GET)
    if answer is reads.NOTHING_ASKED:
        raise Invalid(Problem(("package",), "required", "Send package or code."))
    return answer.response()
