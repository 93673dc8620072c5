"""The single-use address that ``compress: true`` answers with: one raw PUT of the PDF."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rubrica import database
from rubrica.api.auco import errors
from rubrica.files import intake
from rubrica.files.models import UploadTicket
from rubrica.processes.actor import PROGRAM, Actor
from rubrica.processes.arrival import receive_document
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.processes.models import Document, Process
from rubrica.sealing.values import Refusal
from rubrica.web.caller import address, agent

PURPOSE = "document"
WAITED = "rubrica.waited"  # seconds that our server has taken the body in for (rubrica/web/front)
SECONDS: dict[str, int] = {
    Process.Kind.FILES: 5,
    Process.Kind.DOCUMENT: 300,
    Process.Kind.PACKAGE: 300,
}  # contract/auco.md §13 no. 8


def upload_url(document: Document) -> str:
    """A fresh address for the PDF of a document that has not arrived."""
    seconds = settings.UPLOAD_URL_SECONDS or SECONDS[document.process.kind]
    token = UploadTicket.issue(document.organization, PURPOSE, document.pk, seconds)
    return f"{settings.PUBLIC_URL}/uploads/{token}"


@csrf_exempt
@require_http_methods(["PUT"])
def receive_upload(request: HttpRequest, token: str) -> JsonResponse:
    """The ticket is judged when the request arrives; the body may take longer than the ticket lives."""
    ticket = UploadTicket.claim(token, PURPOSE, request.META.get(WAITED, 0.0))
    if ticket is None:
        return errors.answer(*_why_not(token))
    document = Document.objects.select_related("organization", "process").filter(pk=ticket.subject_id).first()
    if document is None:
        # The process was edited since, and its documents are others now, with addresses of their own.
        return errors.answer("UPLOAD_URL_EXPIRED", 403)
    stored = False
    try:
        _store(request, document)
        stored = True
    except (intake.IntakeRefused, Invalid, Refusal, Refused) as refused:
        return _refusal(refused)
    finally:
        if not stored:
            ticket.release()
    return JsonResponse({"message": "OK"})


def _why_not(token: str) -> tuple[str, int]:
    """A used address is a conflict, as its first upload stands; any other is forbidden."""
    if UploadTicket.used(token, PURPOSE):
        return "UPLOAD_URL_USED", 409
    return "UPLOAD_URL_EXPIRED", 403


def _store(request: HttpRequest, document: Document) -> None:
    document.check_awaited()
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    database.let_go()
    with intake.arriving(request, limit=settings.MAX_DOCUMENT_BYTES, length=length) as arrived:
        receive_document(document, arrived, Actor(PROGRAM, "upload", "", address(request), agent(request)))


def _refusal(refused: intake.IntakeRefused | Invalid | Refusal | Refused) -> JsonResponse:
    if isinstance(refused, Invalid):
        return errors.invalid(refused.problems)
    status = (
        refused.status if isinstance(refused, intake.IntakeRefused) else 409 if isinstance(refused, Refused) else 400
    )
    return errors.answer(refused.code, status, [Problem(("body",), refused.code, refused.detail)])
