"""A requested file in pieces: begin, ask how far it has come, go on (docs/api-own.md, "A large file").

The smallest part of the IETF's draft on resumable uploads that does it: an offset of its own, and bytes from there on.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from rubrica import database
from rubrica.files import direct, intake, partial, types
from rubrica.files.models import PartialUpload
from rubrica.limits import quotas
from rubrica.processes import delivered
from rubrica.processes.delivered import Delivered
from rubrica.processes.models import Participant, RequestedFile
from rubrica.signer.api import actor, own_slot, participant_by_id, participant_call
from rubrica.signer.direct import announced
from rubrica.signer.state import participant_state
from rubrica.web.filenames import file_name

PURPOSE = "requested_file"


@participant_call("POST")
def begin(request: HttpRequest, participant: Participant, file_id: int) -> HttpResponseBase:
    slot = _open_slot(participant, file_id)
    quotas.check_bytes(slot.organization)
    length = intake.announced_length(request.headers.get("Upload-Length", ""))
    name = types.clean_name(file_name(request.headers.get("Content-Disposition", "")), "")
    upload = partial.begin(slot.organization, PURPOSE, slot.pk, length=length, file_name=name)
    response = _standing(upload, 201, direct.offered(upload))
    response["Location"] = f"{request.path}/{upload.pk}"
    return response


@participant_call("GET", "HEAD", "PATCH", "DELETE")
def upload(request: HttpRequest, participant: Participant, file_id: int, upload_id: int) -> HttpResponseBase:
    slot = own_slot(participant, file_id)
    found = PartialUpload.objects.filter(pk=upload_id, purpose=PURPOSE, subject_id=slot.pk).first()
    if found is None:
        raise partial.unknown()
    if request.method != "DELETE":
        direct.check_refused(found)
    return METHODS[request.method or ""](request, participant, slot, found)


def _ask(
    request: HttpRequest, participant: Participant, slot: RequestedFile, upload: PartialUpload
) -> HttpResponseBase:
    return _standing(upload, 200)


def _give_up(
    request: HttpRequest, participant: Participant, slot: RequestedFile, upload: PartialUpload
) -> HttpResponseBase:
    if upload.completed_at is None:
        partial.drop(upload)
    return HttpResponse(status=204)


def _go_on(
    request: HttpRequest, participant: Participant, slot: RequestedFile, upload: PartialUpload
) -> HttpResponseBase:
    _open_slot(participant, slot.pk)
    start = intake.announced_length(request.headers.get("Upload-Offset", ""))
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    if upload.completed_at is None:
        database.let_go()
        if direct.is_said_to_be_here(upload, start, length):
            announced(request, participant, upload)
            return _standing(upload, 200)
        if partial.append(upload, request, start=start, length=length) < upload.length:
            return _standing(upload, 200)
        _receive(request, participant, slot, upload)
    return JsonResponse(participant_state(participant_by_id(participant), request))


def _receive(request: HttpRequest, participant: Participant, slot: RequestedFile, upload: PartialUpload) -> None:
    """The file is here whole. What is no file to accept leaves nothing behind."""
    database.let_go()
    try:
        with partial.whole(upload) as arrived:
            kept = _kept(slot, upload, arrived)
            with transaction.atomic():
                if upload.complete():
                    slot.receive(kept.blob, kept.name, actor(request, participant), kept.original)
    except intake.IntakeRefused:
        # Another request may have been quicker with the end, and has let go of the pieces.
        if not PartialUpload.objects.filter(pk=upload.pk).exclude(completed_at=None).exists():
            raise
    partial.empty(upload)


def _kept(slot: RequestedFile, upload: PartialUpload, arrived: intake.Arrived) -> Delivered:
    name = types.clean_name(upload.file_name, arrived.media_type)
    try:
        return delivered.keep(slot.organization, arrived, name)
    except intake.IntakeRefused:
        partial.drop(upload)
        raise


def _open_slot(participant: Participant, file_id: int) -> RequestedFile:
    slot = own_slot(participant, file_id)
    participant.process.check_open()
    slot.check_open()
    return slot


def _standing(upload: PartialUpload, status: int, way: dict[str, Any] | None = None) -> HttpResponse:
    is_complete = upload.completed_at is not None
    standing: dict[str, Any] = {"offset": upload.offset, "length": upload.length, "complete": is_complete}
    standing |= {"direct": way} if way else {}
    standing |= {"checking": True} if direct.is_checking(upload) else {}
    headers = {
        "Upload-Offset": str(standing["offset"]),
        "Upload-Length": str(upload.length),
        "Upload-Complete": "?1" if standing["complete"] else "?0",
    }
    return JsonResponse(standing, status=status, headers=headers)


Method = Callable[[HttpRequest, Participant, RequestedFile, PartialUpload], HttpResponseBase]
METHODS: dict[str, Method] = {"GET": _ask, "HEAD": _ask, "PATCH": _go_on, "DELETE": _give_up}
