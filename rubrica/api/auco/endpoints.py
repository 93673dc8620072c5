"""The Auco dialect, first part: start a process with files, watch it, review what comes in."""

import base64
import binascii
import io
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security.base import AuthBase

from rubrica.accounts.models import ApiKey, Organization
from rubrica.api.auco import errors, reads, translate
from rubrica.api.auco.schemas import AttachmentsIn, ReviewIn, UploadUrlIn
from rubrica.api.auco.uploads import upload_url
from rubrica.files import intake
from rubrica.processes.actor import PROGRAM, Actor
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Document, Participant, RequestedFile
from rubrica.processes.starting import start
from rubrica.web.caller import address, agent


class PrivateKey(AuthBase):
    """``Authorization: prk_…``, bare. A key of the other kind is refused like none at all."""

    openapi_type = "apiKey"

    def __call__(self, request: HttpRequest) -> Organization | None:
        return ApiKey.organization_of(request.headers.get("Authorization", ""), ApiKey.Kind.PRIVATE)


api = NinjaAPI(title="Rubrica, Auco dialect", version="1.5", urls_namespace="auco", docs_url=None, openapi_url=None)
errors.register(api)


@api.post("/attachments", auth=PrivateKey())
@api.post("/package/upload", auth=PrivateKey())
def create_attachments(request: HttpRequest, payload: AttachmentsIn) -> dict[str, str]:
    """Starts a process: files asked of each participant, with or without a document to sign (§3)."""
    organization = _organization(request)
    translate.check(payload)
    with _pdf(payload.file) as pdf:
        process = start(organization, translate.sending(organization, payload, pdf), _actor(request))
    answer = {"package": process.public_id}
    document = process.documents.get() if translate.has_document(payload) else None
    if document is not None:
        answer["code"] = document.code
        if payload.compress:
            answer["url"] = upload_url(document)
    return answer


@contextmanager
def _pdf(encoded: str | None) -> Iterator[intake.Arrived | None]:
    """The PDF of ``file`` on disk while the request runs. Raises Invalid with FILE_NOT_BASE64, or IntakeRefused."""
    if encoded is None:
        yield None
        return
    try:
        content = base64.b64decode("".join(encoded.partition("base64,")[2].split() or encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(Problem(("file",), "FILE_NOT_BASE64", "The file is not valid Base64.")) from None
    with intake.arriving(io.BytesIO(content), limit=settings.MAX_DOCUMENT_BYTES) as arrived:
        yield arrived


@api.post("/package/upload/url", auth=PrivateKey())
def fresh_upload_url(request: HttpRequest, payload: UploadUrlIn) -> dict[str, str]:
    """One more single-use address while the PDF of a ``compress`` process has not arrived (own.md §3)."""
    known = Document.objects.select_related("organization", "process")
    document = known.filter(organization=_organization(request), code=payload.code).first()
    if document is None:
        raise errors.ApiError("DOCUMENT_NOT_FOUND")
    document.check_awaited()
    return {"code": document.code, "url": upload_url(document)}


@api.post("/attachments/review", auth=PrivateKey())
def review_attachment(request: HttpRequest, payload: ReviewIn) -> dict[str, object]:
    """Approves a file, sends it back with a reason, or takes a decision back (own.md §3)."""
    participant = _participant(_organization(request), payload)
    slot = _slot(participant, payload.file)
    if payload.decision == "approve":
        slot.approve(_actor(request))
    elif payload.decision == "reject":
        if not payload.reason.strip():
            raise Invalid(Problem(("reason",), "REASON_REQUIRED", "Say why the file is rejected."))
        slot.reject(payload.reason, _actor(request))
    else:
        slot.reset(_actor(request))
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


@api.get("/attachments", auth=None)
def get_attachments(request: HttpRequest) -> HttpResponse:
    """The process and, with ``userId``, what one participant has delivered (§4)."""
    return reads.attachments(request.headers.get("Authorization", ""), request.GET).response()


@api.get("/document", auth=None)
def get_document(request: HttpRequest) -> HttpResponse:
    """A document's process by its code, or the list of templates (§5.4)."""
    return reads.document(request.headers.get("Authorization", ""), request.GET).response()


def _organization(request: HttpRequest) -> Organization:
    organization: Organization = request.auth  # type: ignore[attr-defined]
    return organization


def _actor(request: HttpRequest) -> Actor:
    return Actor(PROGRAM, request.headers.get("Authorization", "")[:8], "", address(request), agent(request))
