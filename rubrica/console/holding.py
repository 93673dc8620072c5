"""Legal holds on a process: owners place and lift them, everybody sees them."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member
from rubrica.console.access import actor, done_by_owners, process_of
from rubrica.console.actions import refusals_shown, to_process
from rubrica.processes.models import Hold

LONGEST = 500  # characters of a reason


@done_by_owners
def hold(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    found = process_of(member, process)
    with refusals_shown(request), transaction.atomic():
        reason = request.POST.get("reason", "").replace("\0", "")[:LONGEST]
        Hold.place(member.organization, found, reason, actor(request, member))
        note(request, AuditEntry.Kind.HELD, member, found.public_id, reason=reason)
        messages.success(request, _("Nothing of this process is deleted until the hold is lifted."))
    return to_process(process)


@done_by_owners
def lift(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    found = process_of(member, process)
    with refusals_shown(request), transaction.atomic():
        Hold.lift(member.organization, found, actor(request, member))
        note(request, AuditEntry.Kind.RELEASED, member, found.public_id)
        messages.success(request, _("The hold is lifted. What is past its time goes with the next turn."))
    return to_process(process)
