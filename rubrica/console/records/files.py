"""The files of a record: dropped into its fields, looked at, downloaded, removed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from rubrica.accounts.models import Member
from rubrica.console import previews
from rubrica.console.access import done_by_members, shown_to_members
from rubrica.console.downloads import SIZES
from rubrica.console.records.attached import changed, seen
from rubrica.console.records.records import found_of
from rubrica.console.records.refusals import sentences
from rubrica.files import intake
from rubrica.files.views import serve
from rubrica.records.attachments import names, removing, saving
from rubrica.records.attachments.incoming import Allowance, Incoming, none_came
from rubrica.records.errors import Refusal
from rubrica.records.models import Record
from rubrica.web.bodies import takes_files

AT_ONCE = 50  # files that one drop may bring


@takes_files(lambda: AT_ONCE * settings.MAX_ATTACHMENT_BYTES)
@done_by_members
def add(request: HttpRequest, member: Member, dd: str, doc: str) -> HttpResponse:
    record = found_of(member, dd, doc)
    with refusals_told(request), ExitStack() as stack:
        slot = changed(record, member, request.POST.get("valuePath"))
        allowance = Allowance.of_field(slot.field.max_file_size_mb)
        sent = [one for one in request.FILES.getlist("files") if isinstance(one, UploadedFile)][:AT_ONCE]
        if not sent:
            raise none_came()
        files = [_arrived(one, allowance, stack) for one in sent]
        made = saving.save(slot, files, member)
        said = ngettext("“%(name)s” is here.", "%(count)s files are here.", len(made))
        messages.success(request, said % {"name": made[0].name, "count": len(made)})
    return to_record(record)


def _arrived(file: "UploadedFile[Any]", allowance: Allowance, stack: ExitStack) -> Incoming:
    name = names.file_name(file.name or "")
    source = intake.arriving(file, limit=allowance.size, length=file.size)
    return Incoming(name, stack.enter_context(source))


@done_by_members
def remove(request: HttpRequest, member: Member, dd: str, doc: str, key: str) -> HttpResponse:
    record = found_of(member, dd, doc)
    with refusals_told(request):
        file = seen(record, member, key)
        removing.delete(changed(record, member, file.path), [key], member)
        messages.success(request, gettext("“%(name)s” was removed.") % {"name": file.name})
    return to_record(record)


@shown_to_members
def download(request: HttpRequest, member: Member, dd: str, doc: str, key: str) -> HttpResponseBase:
    file = seen(found_of(member, dd, doc), member, key)
    return serve(request, file.blob, file.name)


@shown_to_members
def preview(request: HttpRequest, member: Member, dd: str, doc: str, key: str) -> HttpResponse:
    """Never the file itself: pixels that we drew."""
    file = seen(found_of(member, dd, doc), member, key)
    width = SIZES.get(request.GET.get("size", "large"), SIZES["large"])
    try:
        picture = previews.picture(file.blob, width)
    except previews.NotShown:
        raise Http404 from None
    return HttpResponse(picture, content_type="image/jpeg", headers={"Content-Disposition": "inline"})


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """What the record store says no with is said on the next page."""
    try:
        yield
    except Refusal as refusal:
        messages.error(request, " ".join(sentences(refusal)))
    except intake.IntakeRefused as refused:
        text = gettext(refused.sentence)
        messages.error(request, text % refused.values if refused.values else text)


def to_record(record: Record) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:record", args=[record.definition.key, record.key]))
