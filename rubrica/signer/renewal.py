"""What a link that has ended still offers: a fresh one, to the participant's own address, so that the asker learns
nothing; or, where the time ran out, word to the sender.
"""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from rubrica import clock
from rubrica.processes import jobs, reopening
from rubrica.processes.actor import Actor
from rubrica.processes.models import Event, Participant, Process
from rubrica.signer.access import link_by_token
from rubrica.signer.api import LINK_WORDS, failure
from rubrica.web.caller import address, agent

APART = timedelta(minutes=5)
DAY, A_DAY = timedelta(days=1), 5


@csrf_exempt  # The secret is in the address; there is no cookie that another site could ride on.
@require_POST
def link(request: HttpRequest, token: str) -> HttpResponse:
    """``POST /s/{token}/link``: 202 whether or not a message goes out; also with a link that was replaced."""
    found = link_by_token(token)
    if found is None:
        return failure("UNKNOWN_LINK", LINK_WORDS["UNKNOWN_LINK"], 404)
    participant = found.participant
    with translation.override(participant.language):
        renew(participant, participant.actor(address(request), agent(request)))
    return _taken(request, token)


@csrf_exempt  # As above.
@require_POST
def more_time(request: HttpRequest, token: str) -> HttpResponse:
    """``POST /s/{token}/reopening``: 202 whether or not the sender is told; they are once for each end."""
    found = link_by_token(token)
    if found is None or found.replaced_at is not None:
        return failure("UNKNOWN_LINK", LINK_WORDS["UNKNOWN_LINK"], 404)
    participant = found.participant
    reopening.ask_to_reopen(participant, participant.actor(address(request), agent(request)))
    return _taken(request, token)


def _taken(request: HttpRequest, token: str) -> HttpResponse:
    """A browser without JavaScript has posted a form and is led back to the page, which says that it was done."""
    if "text/html" not in request.headers.get("Accept", ""):
        return JsonResponse({"message": "OK"}, status=202)
    language = request.GET.get("lang", "")
    response = HttpResponseRedirect(f"/s/{token}?asked=1" + (f"&lang={language}" if language.isalpha() else ""))
    response.status_code = 303
    return response


def renew(participant: Participant, by: Actor) -> None:
    """Nothing happens before it is their turn, where the process has ended badly, or when it was asked for just now."""
    with transaction.atomic():
        process = Process.objects.select_for_update().get(pk=participant.process_id)
        status = Participant.objects.values_list("status", flat=True).get(pk=participant.pk)
        is_readable = process.is_open or process.is_finished
        if is_readable and status != Participant.Status.PENDING and _is_calm(process, participant):
            asked = process.record(Event.Kind.LINK_ASKED, by, participant=participant.public_id)
            jobs.renew_link.defer(participant_id=participant.pk, event_id=asked.pk)


def _is_calm(process: Process, participant: Participant) -> bool:
    """At most one in five minutes and five a day; the caller holds the lock of the process."""
    asked = process.events.filter(kind=Event.Kind.LINK_ASKED, data__participant=participant.public_id)
    now = clock.now()
    return not asked.filter(at__gt=now - APART).exists() and asked.filter(at__gt=now - DAY).count() < A_DAY
