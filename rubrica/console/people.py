"""What editors do about one participant: remind them now, give them a link by hand, or another address."""

from datetime import timedelta

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member
from rubrica.console.access import actor, done_by_editors, page, process_of
from rubrica.console.actions import refusals_shown, to_process
from rubrica.console.refusals import sentence
from rubrica.processes.errors import Refused
from rubrica.processes.models import Participant, Process
from rubrica.processes.readdressing import change_email as give_another

QUIET = 4  # modules
PAUSE = timedelta(minutes=10)  # between two reminders that somebody asks for by hand


@done_by_editors
def resend(request: HttpRequest, member: Member, process: str, participant: str) -> HttpResponse:
    person = _person(member, process, participant)
    with refusals_shown(request):
        person.resend(actor(request, member), PAUSE)
        messages.success(request, _("A fresh link is on its way to %(email)s.") % {"email": person.email})
    return to_process(process)


@done_by_editors
def link(request: HttpRequest, member: Member, process: str, participant: str) -> HttpResponse:
    """Shows a new link once, also as a QR code. No redirect: between two pages it would have to be kept somewhere."""
    person = _person(member, process, participant)
    if person.process.state not in {Process.State.OPEN, Process.State.FINISHED}:
        messages.error(request, sentence(Refused("PROCESS_CLOSED", "")))
        return to_process(process)
    address = person.new_link(actor(request, member), "copied")
    context = {"process": person.process, "participant": person, "address": address, "code": qr(address)}
    return page(request, "console/link.html", context)


@done_by_editors
def change_email(request: HttpRequest, member: Member, process: str, participant: str) -> HttpResponse:
    person = _person(member, process, participant)
    with refusals_shown(request):
        email = request.POST.get("email", "").replace("\0", "")
        is_told = give_another(person, email, actor(request, member))
        messages.success(request, _readdressed(person, is_told) % {"name": person.name})
    return to_process(process)


def _readdressed(person: Participant, is_told: bool) -> str:
    by_mail = "mail" in (person.channels or ["mail"])
    if is_told and by_mail:
        return _("%(name)s is invited at the new address; the links sent to the old one open nothing any more.")
    if is_told:
        return _("%(name)s gets a new link by WhatsApp; the links made so far open nothing any more.")
    if person.is_reader or not person.notify:
        return _("The address is changed. Nobody is written to: give %(name)s the new link yourself.")
    if by_mail:
        return _("%(name)s is invited at the new address when it is their turn.")
    return _("The address is changed. %(name)s is invited by WhatsApp when it is their turn.")


def _person(member: Member, process: str, participant: str) -> Participant:
    found = process_of(member, process)
    return get_object_or_404(found.participants.select_related("process"), public_id=participant)


def qr(address: str) -> dict[str, object]:
    """The dark modules as one path, on a field of ``size`` with the quiet zone around it (ISO/IEC 18004)."""
    matrix = segno.make(address, error="m", micro=False).matrix
    cells = [(x, y) for y, row in enumerate(matrix, QUIET) for x, dark in enumerate(row, QUIET) if dark]
    return {"size": len(matrix) + 2 * QUIET, "path": "".join(f"M{x} {y}h1v1h-1z" for x, y in cells)}
