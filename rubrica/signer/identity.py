"""The calls that confirm who a participant is (contract/own.md §2): consent, code, pictures."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from rubrica import database
from rubrica.files import intake
from rubrica.processes import captures, codes
from rubrica.processes.errors import Refused
from rubrica.processes.identity import consent_to_pictures
from rubrica.processes.models import Participant
from rubrica.signer import proof
from rubrica.signer.api import actor, json_body, participant_by_id, participant_call
from rubrica.signer.state import participant_state


# Consent must be the person's own, so whoever has no more than the link neither gives nor refuses it.
@participant_call("POST", identity="code")
def consent(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    agrees = json_body(request).get("consent")
    if not isinstance(agrees, bool):
        raise Refused("BODY_INVALID", "Send a JSON object of a few megabytes at the most.")
    consent_to_pictures(participant, agrees, actor(request, participant))
    return _state(request, participant)


@participant_call("POST", identity="nothing")
def otp(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    codes.send_code(participant, actor(request, participant))
    return _state(request, participant)


@participant_call("POST", identity="nothing")
def otp_check(request: HttpRequest, participant: Participant) -> HttpResponseBase:
    guess = json_body(request).get("code")
    left = codes.enter_code(participant, guess if isinstance(guess, str) else "", actor(request, participant))
    request.COOKIES[proof.COOKIE] = left  # so that the state in this answer is what the next call will see
    response = _state(request, participant)
    proof.leave(response, request, left)
    return response


@participant_call("PUT", identity="code")
def capture(request: HttpRequest, participant: Participant, kind: str) -> HttpResponseBase:
    """Streams the body to disk, then looks at it. Nothing is held in the database while a slow phone sends."""
    mine, by = proof.proof_in(request), actor(request, participant)
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    captures.admit(participant, kind, mine)
    database.let_go()
    with intake.arriving(request, limit=captures.limit(kind), length=length) as arrived:
        captures.receive(participant, kind, arrived, mine, by)
    return _state(request, participant)


def _state(request: HttpRequest, participant: Participant) -> JsonResponse:
    return JsonResponse(participant_state(participant_by_id(participant), request))
