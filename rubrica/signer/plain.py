"""What the page does without JavaScript: forms that the browser posts to the page's own address, and the page again.

The domain is asked by the same functions as the API asks it, so a refusal is the same; it is shown on the page.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.crypto import constant_time_compare, salted_hmac

from rubrica import database
from rubrica.files import intake, types
from rubrica.processes import captures, codes, delivered
from rubrica.processes.errors import Refused
from rubrica.processes.identity import consent_to_pictures
from rubrica.processes.models import Participant
from rubrica.signer import fields, proof
from rubrica.signer.api import Needs, actor, answer, own_slot, rejection_reason, sign

FORM_BYTES = 256 * 1024  # what a form has besides its file
Step = Callable[[HttpRequest, Participant, str], HttpResponseBase]


def form_key(request: HttpRequest, participant: Participant) -> str:
    """Stands in every form. Another site cannot know it: it is made from the link's holder and this browser's proof."""
    return salted_hmac("rubrica.signer.forms", f"{participant.pk}:{proof.proof_in(request)}").hexdigest()


class Refusal(NamedTuple):
    """The sentence that says why not, and what the form held, so that nobody types it twice."""

    sentence: str
    held: Mapping[str, str]


def perform(request: HttpRequest, participant: Participant) -> HttpResponseBase | Refusal:
    """Does what the form asks. Gives where to go on, or else why not."""
    held: Mapping[str, str] = {}
    try:
        held = _posted(request, participant)
        does, _, about = held.get("do", "").partition(" ")
        needs, step = STEPS[does]
    except intake.IntakeRefused as refused:
        answered = answer(_refusing(refused), request, participant, "nothing")
    except (KeyError, Refused):
        answered = answer(_refusing(OUT_OF_DATE), request, participant, "nothing")
    else:
        answered = answer(lambda call, who: step(call, who, about), request, participant, needs)
    if answered.status_code < 400:
        return answered
    assert isinstance(answered, HttpResponse)
    return Refusal(str(json.loads(answered.content)["detail"]), held)


OUT_OF_DATE = Refused("FORM_OUT_OF_DATE", "This page was out of date. Look at it once more and send it again.")


def _posted(request: HttpRequest, participant: Participant) -> Mapping[str, str]:
    """What the form holds, if it is of this page. Its size is judged before a byte of it is read."""
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    if length > settings.MAX_UPLOAD_BYTES + FORM_BYTES:
        raise intake.too_large(settings.MAX_UPLOAD_BYTES)
    database.let_go()  # a slow phone may be sending a file
    try:
        posted = request.POST
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, MultiPartParserError):
        raise OUT_OF_DATE from None
    except UnreadablePostError:
        raise intake.cut() from None
    if not constant_time_compare(posted.get("key", ""), form_key(request, participant)):
        raise OUT_OF_DATE
    return posted.dict()


def _refusing(refusal: Exception) -> Callable[[HttpRequest, Participant], HttpResponseBase]:
    def view(request: HttpRequest, participant: Participant) -> HttpResponseBase:
        raise refusal

    return view


def _sign(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    body: dict[str, Any] = {"kind": "type", "text": request.POST.get("typed", ""), "consent": _ticked(request)}
    sign(request, participant, body | fields.from_form(participant, request.POST))
    return _back(request, "signed")


def _approve(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    participant.approve(actor(request, participant))
    return _back(request, "approved")


def _reject(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    participant.reject(rejection_reason(request.POST.get("reason")), actor(request, participant))
    return _back(request, "")


def _send_code(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    codes.send_code(participant, actor(request, participant))
    return _back(request, "code")


def _check_code(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    guess = "".join(letter for letter in request.POST.get("code", "") if letter.isdecimal())
    left = codes.enter_code(participant, guess, actor(request, participant))
    response = _back(request, "right")
    proof.leave(response, request, left)
    return response


def _consent(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    if not _ticked(request):
        raise Refused("BIOMETRIC_CONSENT_REQUIRED", captures.NO_CONSENT)
    consent_to_pictures(participant, True, actor(request, participant))
    return _back(request, "")


def _no_pictures(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    consent_to_pictures(participant, False, actor(request, participant))
    return _back(request, "")


def _capture(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    """Looked at as what the page's own camera takes."""
    mine, file = proof.proof_in(request), _file(request)
    captures.admit(participant, about, mine)
    database.let_go()
    with intake.arriving(file, limit=captures.limit(about), length=file.size) as arrived:
        captures.receive(participant, about, arrived, mine, actor(request, participant))
    return _back(request, "picture")


def _deliver(request: HttpRequest, participant: Participant, about: str) -> HttpResponseBase:
    slot = own_slot(participant, int(about) if about.isdecimal() and len(about) < 19 else 0)
    participant.process.check_open()
    slot.check_open()
    file = _file(request)
    with intake.arriving(file, limit=settings.MAX_UPLOAD_BYTES, length=file.size) as arrived:
        name = types.clean_name(file.name or "", arrived.media_type)
        kept = delivered.keep(slot.organization, arrived, name)
        slot.receive(kept.blob, kept.name, actor(request, participant), kept.original)
    return _back(request, "file")


def _file(request: HttpRequest) -> "UploadedFile[Any]":
    file = request.FILES.get("file")
    if file is None or not file.size:
        raise intake.IntakeRefused("FILE_EMPTY", 400, "The file is empty.")
    return file


def _ticked(request: HttpRequest) -> bool:
    return bool(request.POST.get("consent"))


def _back(request: HttpRequest, said: str) -> HttpResponse:
    """303, so that loading the page anew sends nothing twice."""
    language = request.GET.get("lang", "")
    words = [f"lang={language}" if language.isalpha() else "", f"said={said}" if said else ""]
    query = "&".join(word for word in words if word)
    response = HttpResponseRedirect(request.path + (f"?{query}" if query else ""))
    response.status_code = 303
    return response


# What is asked of somebody's identity before it, as the calls of the API do.
STEPS: dict[str, tuple[Needs, Step]] = {
    "sign": ("all", _sign),
    "approve": ("all", _approve),
    "reject": ("code", _reject),
    "file": ("all", _deliver),
    "consent": ("code", _consent),
    "no-pictures": ("code", _no_pictures),
    "capture": ("code", _capture),
    "send-code": ("nothing", _send_code),
    "check-code": ("nothing", _check_code),
}
# What the page says after it, by ``?said=``.
SAID = {
    "signed": "Your signature has been received.",
    "approved": "Your approval has been received.",
    "file": "Your file has been received.",
    "picture": "Your picture has been received.",
    "code": "A code is on its way to you.",
    "right": "The code is right.",
}
