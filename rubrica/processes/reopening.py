"""The ways back: an ended process goes on, an open one is taken back and sent anew under the same id."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from rubrica import clock
from rubrica.processes import jobs
from rubrica.processes.actor import Actor
from rubrica.processes.arrival import check_key
from rubrica.processes.errors import Refused
from rubrica.processes.models import (
    Document,
    Due,
    Event,
    Hold,
    IdentityCheck,
    Participant,
    ParticipantLink,
    Process,
    Signature,
    SignatureBox,
    SignedRevision,
    Submission,
)
from rubrica.processes.sending import Sending
from rubrica.processes.starting import columns, fill, ready_papers

ENDED_EARLY = {Process.State.REJECTED, Process.State.EXPIRED, Process.State.CANCELLED}
EDITABLE = {Process.Kind.DOCUMENT, Process.Kind.PACKAGE}


def reactivate(process: Process, by: Actor) -> list[Participant]:
    """Opens a process that was rejected, cancelled or expired, and gives those who are asked again.

    An expiry that has passed is set anew from ``RUBRICA_REACTIVATION_DAYS``. Raises Refused with NOT_ENDED or ERASED,
    and with SIGNING_KEY_UNUSABLE before anything is changed.
    """
    check_key(process.organization)
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).select_related("organization").get(pk=process.pk)
        if locked.state not in ENDED_EARLY:
            raise Refused("NOT_ENDED", "Only what was rejected, cancelled or has expired can be reactivated.")
        if _has_lost(locked):
            raise Refused("ERASED", "Data of this process was erased, so it cannot go on. Send it anew.")
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


def _has_lost(process: Process) -> bool:
    """Whether somebody who has a part in it was erased, or bytes that its end would need."""
    erased = process.events.filter(kind=Event.Kind.ERASED).values_list("data__participant", flat=True)
    people = process.participants.exclude(role=Participant.Role.READER)
    papers = Document.objects.filter(process=process).filter(
        Q(original__erased_at__isnull=False) | Q(shown__erased_at__isnull=False) | Q(sealed__erased_at__isnull=False)
    )
    signatures = Signature.objects.filter(participant__process=process).filter(
        Q(image__erased_at__isnull=False) | Q(initials__erased_at__isnull=False)
    )
    revisions = SignedRevision.objects.filter(document__process=process, blob__erased_at__isnull=False)
    files = Submission.objects.filter(requested_file__process=process, blob__erased_at__isnull=False)
    lost = (people.filter(public_id__in=list(erased)), papers, signatures, revisions, files)
    return any(found.exists() for found in lost)


def ask_to_reopen(participant: Participant, by: Actor) -> bool:
    """The sender learns, once for each end, that somebody who had not done their part asks for more time.

    Says whether there was anything to ask for: not where something else than the clock has ended the process.
    """
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).get(pk=participant.process_id)
        me = locked.participants.get(pk=participant.pk)
        me.process = locked
        may_ask = can_ask_to_reopen(me)
        if may_ask and not has_asked_to_reopen(me):
            asked = locked.record(Event.Kind.REOPENING_ASKED, by, participant=me.public_id)
            locked.reopening_asked_at = asked.at
            locked.save(update_fields=["reopening_asked_at"])
            jobs.announce_wish.defer(participant_id=me.pk, event_id=asked.pk)
    return may_ask


def can_ask_to_reopen(participant: Participant) -> bool:
    """It has expired before they had done their part."""
    is_late = participant.is_asked() or participant.status == Participant.Status.BLOCK
    return participant.process.state == Process.State.EXPIRED and is_late


def has_asked_to_reopen(participant: Participant) -> bool:
    """Since it expired last."""
    process = participant.process
    expired = process.events.filter(kind=Event.Kind.EXPIRED).aggregate(last=Max("sequence"))["last"] or 0
    asked = process.events.filter(kind=Event.Kind.REOPENING_ASKED, sequence__gt=expired)
    return asked.filter(data__participant=participant.public_id).exists()


def _open(process: Process) -> None:
    process.state, process.ended_at, process.reopening_asked_at = Process.State.OPEN, None, None
    if process.expires_at is not None and process.expires_at <= clock.now():
        process.expires_at = clock.now() + timedelta(days=settings.REACTIVATION_DAYS)
    process.save(update_fields=["state", "ended_at", "expires_at", "reopening_asked_at"])
    if process.expires_at is not None:
        Due.plan(Due.Kind.EXPIRE, process.expires_at, process)
    refused = process.participants.filter(status=Participant.Status.REJECT)
    refused.update(status=Participant.Status.NOTIFICATION, finished_at=None)


def take_back(process: Process, by: Actor) -> None:
    """Stops an open process so that it can be sent anew: signatures, checks and links are void from now on.

    Raises Refused with HELD, and with NOT_EDITABLE: files that were asked for would be lost, and what has ended stays
    as it is.
    """
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).get(pk=process.pk)
        busy = locked.documents.exclude(state__in=["awaiting_upload", "open"]).exists()
        if locked.kind not in EDITABLE or not locked.is_open or busy:
            raise Refused("NOT_EDITABLE", "Only an open process of documents that nobody seals yet can be edited.")
        if Hold.objects.of(locked).exists():
            raise Refused("HELD", "This process is under a legal hold, so what was signed in it stays.")
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
    Refused with NOT_EDITING and HELD.
    """
    ready = ready_papers(process.organization, sending)
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).select_related("organization").get(pk=process.pk)
        if not (_is_unfilled(locked) if only_unfilled else locked.state == Process.State.EDITING):
            raise Refused("NOT_EDITING", "This process is not in edition.")
        if Hold.objects.of(locked).exists():
            raise Refused("HELD", "This process is under a legal hold, so nothing of it is replaced.")
        kept = dict(locked.documents.values_list("position", "code")) if sending.kind == Process.Kind.DOCUMENT else {}
        _clear(locked)
        for name, value in columns(locked.organization, sending).items():
            setattr(locked, name, value)
        locked.state = Process.State.OPEN
        locked.save()
        fill(locked, sending, ready, kept)
        locked.record(Event.Kind.EDITED, by, name=locked.name)
        if then is not None:
            then(locked)
    return locked


def _clear(process: Process) -> None:
    process.documents.all().delete()
    process.participants.all().delete()
    process.due.all().delete()


def _is_unfilled(process: Process) -> bool:
    return (
        process.is_open
        and not process.participants.exists()
        and not process.documents.exclude(state=Document.State.AWAITING_UPLOAD).exists()
    )
