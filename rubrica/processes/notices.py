"""Which message goes to whom, in the words that ``notify`` needs. Called by jobs; each call may come twice."""

from typing import Any

from django.conf import settings

from rubrica import clock
from rubrica.notify import messages
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Asked, AskedFile, Person, Sealed, Sending
from rubrica.notify.models import Notification
from rubrica.processes.actor import RUBRICA
from rubrica.processes.models import Event, Participant, ParticipantLink, Process, Submission


def invite(participant_id: int) -> None:
    participant = _load(participant_id)
    key = f"invite:{participant.pk}"
    if participant.status == Participant.Status.NOTIFICATION and not _is_over(key, participant.process):
        _send(messages.invite, key, participant, asked=_asked(participant), link=_link(participant, "invitation"))
    if _is_sent(key):
        # Also when an earlier run was killed between the two.
        participant.invited()


def remind(participant_id: int, key: str) -> None:
    """The new link replaces the older ones once it is out, so that trouble with mail locks nobody out."""
    participant = _load(participant_id)
    if not _is_over(key, participant.process):
        begun = clock.now()
        _send(messages.remind, key, participant, asked=_asked(participant), link=_link(participant, "reminder"))
        if _is_sent(key):
            ParticipantLink.replace_before(participant, begun)


def file_rejection(submission_id: int) -> None:
    """Tells the participant why a file came back, unless the decision was taken back in the meantime."""
    submission = Submission.objects.select_related("requested_file").get(pk=submission_id)
    participant = _load(submission.requested_file.participant_id)
    if submission.decided_at is None or submission.decision != "rejected" or not participant.process.notify:
        return
    key = f"file-rejected:{submission.pk}:{submission.decided_at:%s%f}"
    if not _is_over(key, participant.process):
        slot, reason = submission.requested_file.name, submission.reason
        link = _link(participant, "file sent back")
        _send(messages.reject_file, key, participant, file=slot, reason=reason, link=link)


def finish(process_id: int, participant_id: int | None) -> None:
    """A participant, or with None the creator, learns that all is done and where the result is."""
    process = Process.objects.select_related("organization", "creator").get(pk=process_id)
    documents = tuple(
        Sealed(document.name, document.code, document.sealed.sha256 if document.sealed else "")
        for document in process.documents.select_related("sealed")
    )
    more = {"documents": documents, "verify_url": f"{settings.PUBLIC_URL}/verify"}
    if participant_id is None:
        _tell_creator(messages.finished, f"finished:{process.pk}:creator", process, **more)
        return
    key = f"finished:{process.pk}:{participant_id}"
    if not _is_sent(key):
        participant = _load(participant_id)
        _send(messages.finished, key, participant, link=_link(participant, "finished"), **more)


def process_rejection(process_id: int) -> None:
    process = Process.objects.select_related("organization", "creator").get(pk=process_id)
    declined = process.events.filter(kind=Event.Kind.DECLINED).latest("sequence")
    key = f"rejected:{process.pk}:creator"
    _tell_creator(messages.process_rejected, key, process, by=declined.actor_name, reason=declined.data["reason"])


def _tell_creator(message: Any, key: str, process: Process, **more: Any) -> None:
    language = process.creator.language if process.creator else process.language
    name = process.creator.name if process.creator else process.creator_email
    link = f"{settings.PUBLIC_URL}/console/processes/{process.public_id}"
    _deliver(
        message, key, to=Person(name, process.creator_email, language), sending=sending(process), link=link, **more
    )


def _send(message: Any, key: str, participant: Participant, **more: Any) -> None:
    person = Person(participant.name, participant.email, participant.language, participant.pk)
    _deliver(message, key, to=person, sending=sending(participant.process), **more)


def _deliver(message: Any, key: str, **more: Any) -> None:
    """A lasting refusal stays on the notification's row, where the console shows it; a passing one is tried again."""
    try:
        message(key=key, **more)
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


def _is_over(key: str, process: Process) -> bool:
    return not process.is_open or _is_sent(key)


def _is_sent(key: str) -> bool:
    """Asked before a link is made, so that a job that runs twice does not leave links that nobody has."""
    return Notification.objects.filter(key=key, state="sent").exists()


def _load(participant_id: int) -> Participant:
    return Participant.objects.select_related("process__organization", "process__creator").get(pk=participant_id)


def _link(participant: Participant, purpose: str) -> str:
    """The link is committed before the mail goes out, so that no mail carries a dead one."""
    return ParticipantLink.issue(participant, RUBRICA, purpose)


def sending(process: Process) -> Sending:
    creator = process.creator.name if process.creator else process.creator_email
    return Sending(
        organization_id=process.organization_id,
        organization=process.organization.name,
        process_id=process.pk,
        name=process.name,
        creator=creator,
        creator_email=process.creator_email,
        subject=process.subject,
        message=process.message,
    )


def _asked(participant: Participant) -> Asked:
    """What is still open for this person: a reminder must not ask again for what is done."""
    acts = participant.status != Participant.Status.FINISH
    documents = tuple(document.name for document in participant.process.documents.all()) if acts else ()
    files = [file for file in participant.requested_files.select_related("current") if not file.is_delivered]
    return Asked(
        signs=documents if participant.is_signer else (),
        approves=() if participant.is_signer else documents,
        files=tuple(AskedFile(file.name, file.optional) for file in files),
        until=participant.process.expires_at,
    )
