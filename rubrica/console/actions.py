"""What members do: each action has its own address, takes POST alone, and leads back to the process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rubrica.accounts.models import Member
from rubrica.console.access import (
    actor,
    done_by_editors,
    done_by_members,
    done_by_owners,
    done_by_reviewers,
    process_of,
)
from rubrica.console.refusals import sentence
from rubrica.processes import reopening
from rubrica.processes.errors import Refused
from rubrica.processes.models import Evidence, RequestedFile

MAX_REASON = 2000  # characters
OUTDATED = Refused("FILE_REPLACED", "")


@done_by_reviewers
def approve(request: HttpRequest, member: Member, process: str, file: int) -> HttpResponse:
    with refusals_shown(request), transaction.atomic():
        slot = slot_as_seen(request, member, process, file)
        slot.approve(actor(request, member))
        messages.success(request, _("“%(file)s” is approved.") % {"file": slot.name})
    return _to_file(process, file)


@done_by_reviewers
def reject(request: HttpRequest, member: Member, process: str, file: int) -> HttpResponse:
    with refusals_shown(request), transaction.atomic():
        slot = slot_as_seen(request, member, process, file)
        slot.reject(request.POST.get("reason", "").replace("\0", "")[:MAX_REASON], actor(request, member))
        told = _("“%(file)s” was sent back. %(name)s is told why and can send another.")
        messages.success(request, told % {"file": slot.name, "name": slot.participant.name})
    return _to_file(process, file)


@done_by_reviewers
def reset(request: HttpRequest, member: Member, process: str, file: int) -> HttpResponse:
    with refusals_shown(request), transaction.atomic():
        slot = slot_as_seen(request, member, process, file)
        slot.reset(actor(request, member))
        messages.success(request, _("“%(file)s” waits for review again.") % {"file": slot.name})
    return _to_file(process, file)


@done_by_editors
def cancel(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    with refusals_shown(request):
        message = request.POST.get("message", "").replace("\0", "")[:MAX_REASON]
        process_of(member, process).cancel(message, actor(request, member))
        messages.success(request, _("The process is cancelled. Who was asked is told why."))
    return to_process(process)


@done_by_editors
def reactivate(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    with refusals_shown(request):
        told = reopening.reactivate(process_of(member, process), actor(request, member))
        goes_on = ngettext("The process goes on. %(count)s person is asked again.",
                           "The process goes on. %(count)s people are asked again.", len(told))  # fmt: skip
        messages.success(request, goes_on % {"count": len(told)})
    return to_process(process)


@done_by_editors
def seal(request: HttpRequest, member: Member, process: str, code: str) -> HttpResponse:
    document = get_object_or_404(process_of(member, process).documents, code=code)
    with refusals_shown(request):
        document.seal_again(actor(request, member))
        messages.success(request, _("“%(name)s” is being sealed again.") % {"name": document.name})
    return to_process(process)


@done_by_editors
def make_evidence(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    found = get_object_or_404(Evidence, process=process_of(member, process))
    with refusals_shown(request):
        found.make_again(actor(request, member))
        messages.success(request, _("The evidence is being made again."))
    return to_process(process)


@done_by_owners
def raise_level(request: HttpRequest, member: Member, process: str, code: str) -> HttpResponse:
    document = get_object_or_404(process_of(member, process).documents, code=code)
    with refusals_shown(request):
        document.raise_level()
        messages.success(request, _("The level of “%(name)s” is being raised.") % {"name": document.name})
    return to_process(process)


@done_by_owners
def raise_evidence(request: HttpRequest, member: Member, process: str) -> HttpResponse:
    found = get_object_or_404(Evidence, process=process_of(member, process))
    with refusals_shown(request):
        found.raise_level()
        messages.success(request, _("The level of the evidence is being raised."))
    return to_process(process)


@done_by_members
def language(request: HttpRequest, member: Member) -> HttpResponse:
    wanted, back = request.POST.get("language", ""), request.POST.get("next", "")
    if wanted in dict(settings.LANGUAGES):
        member.language = wanted
        member.save(update_fields=["language"])
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("console:home")
    return HttpResponseRedirect(back)


@contextmanager
def refusals_shown(request: HttpRequest) -> Iterator[None]:
    """What the domain refuses is said on the page that follows."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, sentence(refusal))


def slot_as_seen(request: HttpRequest, member: Member, process: str, file: int) -> RequestedFile:
    """The file, if what lies there is still the version the reviewer looked at; nothing comes in until the commit.

    Raises Refused with FILE_REPLACED.
    """
    locked = get_object_or_404(member.organization.processes.select_for_update(), public_id=process)
    slot = get_object_or_404(locked.requested_files.select_related("participant"), pk=file)
    if request.POST.get("submission") != str(slot.current_id):
        raise OUTDATED
    return slot


def to_process(process: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:process", args=[process]))


def _to_file(process: str, file: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('console:process', args=[process])}#file-{file}")
