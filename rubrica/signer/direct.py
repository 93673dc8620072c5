"""A requested file that went straight into the bucket (files/direct.py): looked into by a job, then received."""

from django.db import transaction
from django.http import HttpRequest

from rubrica.files import direct, intake, partial, types
from rubrica.files.models import PartialUpload
from rubrica.processes import delivered
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models import Participant, RequestedFile
from rubrica.signer import jobs
from rubrica.signer.api import actor


def announced(request: HttpRequest, participant: Participant, upload: PartialUpload) -> None:
    """The page says that all of it is there. Raises IntakeRefused with UPLOAD_OFFSET."""
    with transaction.atomic():
        if direct.take(upload):
            by = actor(request, participant)
            upload.ip, upload.user_agent = by.ip[:45], by.user_agent[:300]
            upload.save(update_fields=["ip", "user_agent"])
            jobs.receive_upload.defer(upload_id=upload.pk, participant_id=participant.pk)


def receive(upload_id: int, participant_id: int, ip: str = "", user_agent: str = "") -> None:
    """What would have been refused while it came is refused now, and the page hears of it when it asks.

    ``ip`` and ``user_agent`` come from jobs of the version before.
    """
    upload = PartialUpload.objects.filter(pk=upload_id, completed_at=None, refused__isnull=True).first()
    if upload is None:
        return
    participant = Participant.objects.select_related("process").get(pk=participant_id)
    slot = participant.requested_files.get(pk=upload.subject_id)
    try:
        _receive(upload, slot, participant.actor(upload.ip or ip, upload.user_agent or user_agent))
    except intake.IntakeRefused as refused:
        direct.refuse(upload, refused.code, refused.status, refused.sentence, refused.values)
    except Refused as refused:
        direct.refuse(upload, refused.code, 409, refused.sentence, refused.values)
    PartialUpload.objects.filter(pk=upload.pk).update(ip="", user_agent="")
    partial.empty(upload)


def _receive(upload: PartialUpload, slot: RequestedFile, by: Actor) -> None:
    slot.process.check_open()
    slot.check_open()
    with partial.whole(upload) as arrived:
        kept = delivered.keep(slot.organization, arrived, types.clean_name(upload.file_name, arrived.media_type))
        with transaction.atomic():
            if upload.complete():
                slot.receive(kept.blob, kept.name, by, kept.original)
