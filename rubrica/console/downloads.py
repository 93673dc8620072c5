"""Bytes for members: files as attachments, and pictures of them that we drew ourselves.

What somebody uploaded is never shown as it came: a browser would run what is in it with the member's rights.
"""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from rubrica.accounts.models import Member
from rubrica.console import previews
from rubrica.console.access import process_of, shown_to_members
from rubrica.console.actions import refusals_shown, to_process
from rubrica.files.models import Blob
from rubrica.files.views import serve, stream
from rubrica.processes import bundle
from rubrica.processes.models import Evidence, Submission
from rubrica.sealing.writing.container import MIME_TYPE

SIZES = {"small": 240, "large": 1400, "full": 2000}  # pixels of width


@shown_to_members
def original(request: HttpRequest, member: Member, process: str, code: str) -> HttpResponseBase:
    document = get_object_or_404(process_of(member, process).documents.select_related("original"), code=code)
    return serve(request, _there(document.original), document.file_name)


@shown_to_members
def sealed(request: HttpRequest, member: Member, process: str, code: str) -> HttpResponseBase:
    document = get_object_or_404(process_of(member, process).documents.select_related("sealed"), code=code)
    return serve(request, _there(document.sealed), document.file_name)


@shown_to_members
def evidence(request: HttpRequest, member: Member, process: str) -> HttpResponseBase:
    """Everything that proves the process, in one ZIP."""
    found = process_of(member, process)
    with refusals_shown(request):
        return stream(bundle.bundle(found), f"evidence-{found.public_id}.zip", "application/zip")
    return to_process(process)


@shown_to_members
def container(request: HttpRequest, member: Member, process: str) -> HttpResponseBase:
    found = process_of(member, process)
    with refusals_shown(request):
        bundle.check_ready(found)
        return stream(bundle.container(bundle.own_evidence(found)), f"evidence-{found.public_id}.asice", MIME_TYPE)
    return to_process(process)


@shown_to_members
def sealed_evidence(request: HttpRequest, member: Member, process: str) -> HttpResponseBase:
    found = Evidence.objects.select_related("pdf").filter(process=process_of(member, process)).first()
    return serve(request, _there(found.pdf if found else None), f"evidence-{process}.pdf")


@shown_to_members
def submission(request: HttpRequest, member: Member, process: str, submission: int) -> HttpResponseBase:
    found = _submission(member, process, submission)
    return serve(request, found.blob, found.file_name)


@shown_to_members
def preview(request: HttpRequest, member: Member, process: str, submission: int) -> HttpResponseBase:
    found = _submission(member, process, submission)
    width = SIZES.get(request.GET.get("size", "large"), SIZES["large"])
    page = request.GET.get("page", "1")
    if not (page.isascii() and page.isdecimal() and len(page) < 7):
        raise Http404
    try:
        picture = previews.picture(found.blob, width, int(page))
    except previews.NotShown:
        raise Http404 from None
    return HttpResponse(picture, content_type="image/jpeg", headers={"Content-Disposition": "inline"})


def _submission(member: Member, process: str, submission: int) -> Submission:
    of_process = Submission.objects.filter(requested_file__process=process_of(member, process))
    return get_object_or_404(of_process.select_related("blob"), pk=submission)


def _there(blob: Blob | None) -> Blob:
    if blob is None:
        raise Http404
    return blob
