"""Bytes for members: files as attachments, and pictures of them that we drew ourselves.

What somebody uploaded is never shown as it came: a browser would run what is in it with the member's rights.
"""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from rubrica.accounts.models import Member
from rubrica.console import previews
from rubrica.console.access import process_of, shown_to_members
from rubrica.files.models import Blob
from rubrica.files.views import serve
from rubrica.processes.models import Submission

SIZES = {"small": 240, "large": 1400}  # pixels of width


@shown_to_members
def original(request: HttpRequest, member: Member, process: str, code: str) -> HttpResponseBase:
    document = get_object_or_404(process_of(member, process).documents.select_related("original"), code=code)
    return serve(request, _there(document.original), document.file_name)


@shown_to_members
def sealed(request: HttpRequest, member: Member, process: str, code: str) -> HttpResponseBase:
    document = get_object_or_404(process_of(member, process).documents.select_related("sealed"), code=code)
    return serve(request, _there(document.sealed), document.file_name)


@shown_to_members
def submission(request: HttpRequest, member: Member, process: str, submission: int) -> HttpResponseBase:
    found = _submission(member, process, submission)
    return serve(request, found.blob, found.file_name)


@shown_to_members
def preview(request: HttpRequest, member: Member, process: str, submission: int) -> HttpResponseBase:
    found = _submission(member, process, submission)
    width = SIZES.get(request.GET.get("size", "large"), SIZES["large"])
    try:
        picture = previews.picture(found.blob, width)
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
