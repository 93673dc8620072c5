"""Pictures that participants took of themselves, and the decision about those who did not get through."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console import previews
from rubrica.console.access import actor, done_by_reviewers, process_of, shown_to_reviewers
from rubrica.console.actions import MAX_REASON, refusals_shown, to_process
from rubrica.console.downloads import SIZES
from rubrica.files.types import FAMILIES
from rubrica.files.views import serve
from rubrica.processes import identity
from rubrica.processes.actor import Actor
from rubrica.processes.models import IdentityCapture, Participant

VIDEO_ENDINGS = {"video/mp4": ".mp4", "video/x-m4v": ".mp4"}


@done_by_reviewers
def decide(request: HttpRequest, member: Member, process: str, participant: str) -> HttpResponse:
    found = process_of(member, process)
    person = get_object_or_404(found.participants.select_related("process"), public_id=participant)
    message = request.POST.get("message", "").replace("\0", "")[:MAX_REASON]
    with refusals_shown(request):
        told = _decide(person, request.POST.get("decision", ""), message, actor(request, member))
        messages.success(request, told % {"name": person.name})
    return to_process(process)


def _decide(person: Participant, decision: str, message: str, by: Actor) -> str:
    """Does it and says so. Raises Refused, or Http404 for a decision that there is not."""
    if decision == "approve":
        identity.approve(person, message, by)
        return _("%(name)s may go on.")
    if decision == "reset":
        identity.reset(person, by)
        return _("%(name)s can try again.")
    if decision == "reject":
        identity.reject(person, by)
        return _("%(name)s was refused, and the process has ended.")
    if decision == "cancel":
        identity.cancel(person, message, by)
        return _("The process was cancelled.")
    raise Http404


@shown_to_reviewers
def capture(request: HttpRequest, member: Member, process: str, capture: int) -> HttpResponseBase:
    """The picture as we drew it anew; a video comes as a download. What was sent itself is never shown."""
    of_process = IdentityCapture.objects.filter(check_row__participant__process=process_of(member, process))
    found = get_object_or_404(of_process.select_related("original", "redrawn"), pk=capture)
    if found.redrawn is None:
        if found.original is None or found.original.media_type in FAMILIES["image"]:
            raise Http404
        return serve(request, found.original, "video" + VIDEO_ENDINGS.get(found.original.media_type, ".webm"))
    try:
        picture = previews.picture(found.redrawn, SIZES.get(request.GET.get("size", "large"), SIZES["large"]))
    except previews.NotShown:
        raise Http404 from None
    return HttpResponse(picture, content_type="image/jpeg", headers={"Content-Disposition": "inline"})
