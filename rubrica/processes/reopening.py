"""The ways back: an ended process goes on, an open one is taken back and sent anew under the same id."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from rubrica import clock
from rubrica.processes import jobs
from rubrica.processes.actor import Actor
from rubrica.processes.arrival import check_key
from rubrica.processes.errors import Refused
from rubrica.processes.models import (
    Document,
    Due,
    Event,
    IdentityCheck,
    Participant,
    ParticipantLink,
    Process,
    Signature,
    SignatureBox,
    SignedRevision,
)
from rubrica.processes.sending import Sending
from rubrica.processes.starting import columns, fill, ready_papers

ENDED_EARLY = {Process.State.REJECTED, Process.State.EXPIRED, Process.State.CANCELLED}
EDITABLE = {Process.Kind.DOCUMENT, Process.Kind.PACKAGE}


def reactivate(process: Process, by: Actor) -> list[Participant]:
    """Opens a process that was rejected, cancelled or expired, and gives those who are asked again.

    An expiry that has passed is set anew from ``RUBRICA_REACTIVATION_DAYS``. Raises Refused with NOT_ENDED, and with
    SIGNING_KEY_UNUSABLE before anything is changed.
    """
    check_key(process.organization)
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).select_related("organization").get(pk=process.pk)
        if locked.state not in ENDED_EARLY:
            raise Refused("NOT_ENDED", "Only what was rejected, cancelled or has expired can be reactivated.")
        _open(locked)
        event = locked.record(Event.Kind.REACTIVATED, by)
        everybody = locked.participants.select_related("process").exclude(role=Participant.Role.READER)
        asked = [participant for participant in everybody if participant.is_asked()]
        for participant in asked:
            participant.plan_reminder()
        told = [participant for participant in asked if participant.notify]
        for participant in told:
            jobs.announce_again.defer(participant_id=participant.pk, event_id=event.pk)
        locked.advance()
    return told


def _open(process: Process) -> None:
    process.state, process.ended_at = Process.State.OPEN, None
    if process.expires_at is not None and process.expires_at <= clock.now():
        process.expires_at = clock.now() + timedelta(days=settings.REACTIVATION_DAYS)
    process.save(update_fields=["state", "ended_at", "expires_at"])
    if process.expires_at is not None:
        Due.plan(Due.Kind.EXPIRE, process.expires_at, process)
    refused = process.participants.filter(status=Participant.Status.REJECT)
    refused.update(status=Participant.Status.NOTIFICATION, finished_at=None)


def take_back(process: Process, by: Actor) -> None:
    """Stops an open process so that it can be sent anew: signatures, checks and links are void from now on.

    Raises Refused with NOT_EDITABLE: files that were asked for would be lost, and what has ended stays as it is.
    """
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).get(pk=process.pk)
        busy = locked.documents.exclude(state__in=["awaiting_upload", "open"]).exists()
        if locked.kind not in EDITABLE or not locked.is_open or busy:
            raise Refused("NOT_EDITABLE", "Only an open process of documents that nobody seals yet can be edited.")
        locked.state = Process.State.EDITING
        locked.save(update_fields=["state"])
        locked.due.all().delete()
        ParticipantLink.objects.filter(participant__process=locked, replaced_at=None).update(replaced_at=clock.now())
        Signature.objects.filter(participant__process=locked).delete()
        SignatureBox.objects.filter(document__process=locked).exclude(value=None).update(value=None)
        SignedRevision.objects.filter(document__process=locked).delete()
        IdentityCheck.objects.filter(participant__process=locked).delete()
        locked.participants.exclude(role=Participant.Role.READER).update(
            status=Participant.Status.PENDING, finished_at=None
        )
        locked.record(Event.Kind.EDITING, by)


def send_anew(
    process: Process,
    sending: Sending,
    by: Actor,
    then: Callable[[Process], object] | None = None,
    *,
    only_unfilled: bool = False,
) -> Process:
    """Everything of a process in edition is replaced by what is sent now; id, and the code of a single document, stay.

    With ``only_unfilled`` it is one that was begun with a document to come and nobody in it, and none in edition: what
    the sender has taken back is theirs. ``then`` belongs to the same transaction. Raises what ``start`` does, and
    Refused with NOT_EDITING.
    """
    ready = ready_papers(process.organization, sending)
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).select_related("organization").get(pk=process.pk)
        if not (_is_unfilled(locked) if only_unfilled else locked.state == Process.State.EDITING):
            raise Refused("NOT_EDITING", "This process is not in edition.")
        kept = dict(locked.documents.values_list("position", "code")) if sending.kind == Process.Kind.DOCUMENT else {}
        locked.documents.all().delete()
        locked.participants.all().delete()
        locked.due.all().delete()
        for name, value in columns(locked.organization, sending).items():
            setattr(locked, name, value)
        locked.state = Process.State.OPEN
        locked.save()
        fill(locked, sending, ready, kept)
        locked.record(Event.Kind.EDITED, by, name=locked.name)
        if then is not None:
            then(locked)
    return locked


def _is_unfilled(process: Process) -> bool:
    return (
        process.is_open
        and not process.participants.exists()
        and not process.documents.exclude(state=Document.State.AWAITING_UPLOAD).exists()
    )
