"""The calls of a participant's page, which programs may use as well (contract/own.md §2)."""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rubrica import database
from rubrica.files import intake, types
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.files.views import serve
from rubrica.limits import quotas
from rubrica.processes import delivered
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.fields import FieldsRefused
from rubrica.processes.identity import CheckFailed, TooOften
from rubrica.processes.models import Document, Participant, RequestedFile
from rubrica.sealing.intake.render import page_words
from rubrica.sealing.values import Refusal
from rubrica.signer import fields, pages
from rubrica.signer.access import LinkRefused, participant_by_token
from rubrica.signer.drawn import keep_image
from rubrica.signer.proof import identity_of
from rubrica.signer.state import participant_state
from rubrica.web.caller import address, agent
from rubrica.web.filenames import file_name
from rubrica.web.text import is_one_line, is_storable

TILE = re.compile(r"(\d{1,3}),(\d{1,3})", re.ASCII)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Participant, P], HttpResponseBase]
Door = Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]
Needs = Literal["all", "code", "nothing"]

# Where the state of things forbids a call, 409; these are faults of the call itself.
STATUS = {
    "BODY_INVALID": 400,
    "REASON_REQUIRED": 400,
    "CONSENT_REQUIRED": 400,
    "SIGNATURE_INVALID": 400,
    "FIELD_INVALID": 400,
    "FILE_UNKNOWN": 404,
    "PAGE_UNKNOWN": 404,
    "NO_DOCUMENT": 404,
    "CHECK_UNKNOWN": 404,
    "OTP_NOT_SENT": 400,
    "BIOMETRIC_CONSENT_REQUIRED": 403,
    "IDENTITY_REQUIRED": 403,
    "PARTICIPANT_BLOCKED": 423,
    "LINK_REPLACED": 410,
}
LINK_WORDS = {
    "UNKNOWN_LINK": "This link is not known here.",
    "LINK_REPLACED": "This link has been replaced by a newer one.",
    "PROCESS_REJECTED": "This process was rejected and has ended.",
    "PROCESS_CANCELLED": "This process was cancelled.",
    "PROCESS_EXPIRED": "The time for this process is over.",
}
MAX_JSON_BYTES = 12 * 1024 * 1024  # a signature image of 8 MiB in base64


def participant_call(*methods: str, identity: Needs = "all") -> Callable[[View[P]], Door[P]]:
    """Opens the door with the token of the address and answers every refusal in the form of own.md §2.

    ``identity`` is what must have been confirmed: all that is asked of the participant, the code alone, or nothing.
    """

    def decorate(view: View[P]) -> Door[P]:
        @csrf_exempt  # The secret is in the address; there is no cookie that another site could ride on.
        @require_http_methods(list(methods))
        @wraps(view)
        def call(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                participant = participant_by_token(token)
            except LinkRefused as refused:
                invited = refused.participant
                with translation.override(invited.language if invited else translation.get_language()):
                    return failure(refused.code, LINK_WORDS[refused.code], refused.status)
            with translation.override(participant.language):
                return answer(view, request, participant, identity, *args, **kwargs)

        return cast(Door[P], call)

    return decorate


def answer(
    view: View[P], request: HttpRequest, participant: Participant, needs: Needs, *args: P.args, **kwargs: P.kwargs
) -> HttpResponseBase:
    try:
        if needs != "nothing":
            identity_of(request, participant).require(only_code=needs == "code")
        return view(request, participant, *args, **kwargs)
    except CheckFailed as failed:
        return failure(failed.code, failed.sentence, 400, failed.values, more={"remaining": failed.remaining})
    except TooOften as refused:
        response = failure(refused.code, refused.sentence, 429)
        response["Retry-After"] = str(refused.retry_after)
        return response
    except FieldsRefused as refused:
        more: dict[str, object] = {"fields": refused.fields}
        return failure(refused.code, refused.sentence, 400, refused.values, more=more)
    except Refused as refused:
        return failure(refused.code, refused.sentence, STATUS.get(refused.code, 409), refused.values)
    except intake.IntakeRefused as refused:
        return failure(refused.code, refused.sentence, refused.status, refused.values)
    except Refusal as refused:
        return failure(refused.code, refused.detail, 400)


def failure(
    code: str,
    sentence: str,
    status: int,
    values: dict[str, object] | None = None,
    more: dict[str, object] | None = None,
) -> JsonResponse:
    detail = gettext(sentence) % values if values else gettext(sentence)
    return JsonResponse({"message": code, "detail": detail, **(more or {})}, status=status)


@participant_call("GET", "HEAD", identity="nothing")
def state(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    return JsonResponse(participant_state(participant, request))


@participant_call("POST", identity="nothing")
def opened(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    if participant.process.is_open:
        participant.opened(actor(request, participant))
    return HttpResponse(status=204)


@participant_call("PUT", "DELETE")
def file(request: HttpRequest, participant: Participant, file_id: int) -> HttpResponseBase:
    slot = own_slot(participant, file_id)
    if request.method == "DELETE":
        slot.withdraw(actor(request, participant))
    else:
        _receive(request, participant, slot)
    return JsonResponse(participant_state(participant_by_id(participant), request))


def own_slot(participant: Participant, file_id: int) -> RequestedFile:
    """Raises Refused with FILE_UNKNOWN."""
    # Its participant is the one who came in, whom ``RequestedFile`` compares with the row as it is in the end.
    slot = participant.requested_files.select_related("current", "process").filter(pk=file_id).first()
    if slot is None:
        raise Refused("FILE_UNKNOWN", "This file is not asked of you.")
    return slot


def _receive(request: HttpRequest, participant: Participant, slot: RequestedFile) -> None:
    """Streams the body to disk. Nothing is held in the database while a slow phone sends."""
    participant.process.check_open()
    slot.check_open()
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    quotas.check_bytes(slot.organization)
    database.let_go()
    with intake.arriving(request, limit=settings.MAX_UPLOAD_BYTES, length=length) as arrived:
        name = types.clean_name(file_name(request.headers.get("Content-Disposition", "")), arrived.media_type)
        kept = delivered.keep(slot.organization, arrived, name)
        slot.receive(kept.blob, kept.name, actor(request, participant), kept.original)


@participant_call("GET", "HEAD")
def page(request: HttpRequest, participant: Participant, number: int, code: str = "") -> HttpResponseBase:
    """A page of the document with this code, or of the first one; with ``tile`` one square of it."""
    blob = _shown(_document(participant, code), number)
    asked = request.GET.get("width", "")
    width = int(asked) if asked.isdecimal() and len(asked) < 6 else 1200
    tile = TILE.fullmatch(request.GET.get("tile", ""))
    if tile:
        image = pages.page_tile(blob, number, width, int(tile[1]), int(tile[2]))
    else:
        image = pages.page_image(blob, number, width)
    return HttpResponse(image, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@participant_call("GET", "HEAD")
def page_text(request: HttpRequest, participant: Participant, number: int, code: str = "") -> HttpResponseBase:
    found = _document(participant, code)
    blob = _shown(found, number)
    width, height = found.pages[number - 1]
    database.let_go()
    with local_path(blob) as path:
        words = page_words(path, number)
    listed = [{"text": w.text, "x": w.x, "y": w.y, "w": w.w, "h": w.h} for w in words]
    return JsonResponse(
        {"page": number, "width": width, "height": height, "words": listed},
        headers={"Cache-Control": "private, max-age=86400"},
    )


@participant_call("GET", "HEAD")
def document(request: HttpRequest, participant: Participant, code: str = "") -> HttpResponseBase:
    """The PDF as everybody reads it; once sealed, the sealed one."""
    found = _document(participant, code)
    blob = found.sealed or found.shown
    assert blob is not None
    return serve(request, blob, found.file_name)


@participant_call("POST")
def signature(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    sign(request, participant, json_body(request))
    return JsonResponse(participant_state(participant_by_id(participant), request))


def sign(request: HttpRequest, participant: Participant, body: dict[str, Any]) -> None:
    """Raises Refused: CONSENT_REQUIRED, SIGNATURE_INVALID, FIELD_INVALID, …, and what ``Participant.sign`` does."""
    if body.get("consent") is not True:
        raise Refused("CONSENT_REQUIRED", "Agree to the sentence above the button before you sign.")
    kind, text, image = body.get("kind"), body.get("text"), body.get("image")
    if kind == "type" and isinstance(text, str) and _is_legible(text):
        text = text.strip()
    elif kind in ("draw", "image") and isinstance(image, str):
        text = ""
    else:
        raise Refused("SIGNATURE_INVALID", "Draw a signature, type one of 1 to 200 letters, or choose a picture.")
    participant.ready_to_sign()
    # With a typed name the page sends the picture that it has shown: what was seen is what is sealed.
    kept = keep_image(participant, image) if isinstance(image, str) and (image or not text) else None
    filling = fields.filling(participant, body)
    participant.sign(kind=kind, text=text, image=kept, by=actor(request, participant), filling=filling)


def _is_legible(text: str) -> bool:
    return len(text.strip()) <= 200 and is_one_line(text.strip()) and any(letter.isalnum() for letter in text)


@participant_call("POST")
def approval(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    participant.approve(actor(request, participant))
    return JsonResponse(participant_state(participant_by_id(participant), request))


# Who does not want to be photographed may still say no; who does not have the code may not.
@participant_call("POST", identity="code")
def rejection(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    participant.reject(rejection_reason(json_body(request).get("reason")), actor(request, participant))
    return JsonResponse({"message": "OK"})


def rejection_reason(reason: object) -> str:
    """Raises Refused with REASON_REQUIRED; that it says something is asked by the domain."""
    if not isinstance(reason, str) or len(reason) > 2000 or not is_storable(reason):
        raise Refused("REASON_REQUIRED", "Say why you do not go along, in at most 2000 letters.")
    return reason


def participant_by_id(participant: Participant) -> Participant:
    """The participant as the change has left them. Raises Refused with LINK_REPLACED."""
    now = Participant.objects.select_related("process__organization", "process__creator").get(pk=participant.pk)
    participant.check_address(now)
    return now


def _document(participant: Participant, code: str) -> Document:
    """Raises Refused: NO_DOCUMENT, NOT_YOUR_TURN (what is not one's turn yet is not shown either)."""
    own = participant.own_documents().select_related("shown", "sealed")
    found = (own.filter(code=code) if code else own).first()
    if found is None or found.shown is None:
        raise Refused("NO_DOCUMENT", "There is no document here to read.")
    participant.check_turn()
    return found


def _shown(found: Document, number: int) -> Blob:
    if not 1 <= number <= len(found.pages):
        raise Refused("PAGE_UNKNOWN", "The document has no such page.")
    assert found.shown is not None
    return found.shown


def actor(request: HttpRequest, participant: Participant) -> Actor:
    return participant.actor(address(request), agent(request))


def json_body(request: HttpRequest) -> dict[str, Any]:
    """Raises Refused with BODY_INVALID."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        body = json.loads(request.body) if length <= MAX_JSON_BYTES else None
    except (ValueError, RecursionError, RequestDataTooBig, UnreadablePostError):
        body = None
    if not isinstance(body, dict):
        raise Refused("BODY_INVALID", "Send a JSON object of a few megabytes at the most.")
    return body
