"""Which message goes to whom, in the words that ``notify`` needs. Called by jobs; each call may come twice."""

from typing import Any

from django.conf import settings

from rubrica import clock
from rubrica.notify import delivery, messages
from rubrica.notify.delivery import DeliveryFailed, Outdated
from rubrica.notify.messages import Person, Sealed
from rubrica.processes.actor import RUBRICA
from rubrica.processes.briefs import asked_of, person, sending
from rubrica.processes.models import Event, IdentityCheck, Participant, ParticipantLink, Process, Submission


def invite(participant_id: int) -> None:
    participant = _load(participant_id)
    if participant is None:
        return
    key = f"invite:{participant.pk}"
    if participant.status == Participant.Status.NOTIFICATION and not _is_over(key, participant):
        asked, link = asked_of(participant), _link(participant, "invitation")
        failure = _send(_invitation(participant.process), key, participant, asked=asked, link=link)
        if failure is not None:
            participant.not_reached(failure.reason)
    else:
        _withdraw(key, participant)
    if _is_sent(key, participant):
        # Also when an earlier run was killed between the two.
        participant.invited()


def _invitation(process: Process) -> Any:
    """Who had a link before the process was edited is told why another comes."""
    edited = process.events.filter(kind=Event.Kind.EDITING).exists()
    return messages.edited if edited else messages.invite


def remind(participant_id: int, key: str) -> None:
    """The new link replaces the older ones once it is out, so that trouble with mail locks nobody out."""
    participant = _load(participant_id)
    if participant is not None:
        _ask_unless_over(messages.remind, key, participant, "reminder")


def reactivation(participant_id: int, event_id: int) -> None:
    participant, key = _load(participant_id), f"reactivated:{event_id}:{participant_id}"
    if participant is not None:
        _ask_unless_over(messages.reactivated, key, participant, "reactivation")


def invite_elsewhere(participant_id: int, event_id: int) -> None:
    """To whom the sender has given another address."""
    participant, key = _load(participant_id), f"elsewhere:{event_id}:{participant_id}"
    if participant is None:
        return
    if participant.is_asked() and not _is_over(key, participant):
        failure = _ask_anew(_invitation(participant.process), key, participant, "another address")
        if failure is not None:
            participant.not_reached(failure.reason)
    else:
        _withdraw(key, participant)
    if _is_sent(key, participant):
        participant.invited()


def _ask_unless_over(message: Any, key: str, participant: Participant, purpose: str) -> None:
    if _is_over(key, participant):
        _withdraw(key, participant)
    else:
        _ask_anew(message, key, participant, purpose)


def _ask_anew(message: Any, key: str, participant: Participant, purpose: str) -> DeliveryFailed | None:
    begun = clock.now()
    failure = _send(message, key, participant, asked=asked_of(participant), link=_link(participant, purpose))
    if _is_sent(key, participant):
        ParticipantLink.replace_before(participant, begun)
    return failure


def new_link(participant_id: int, event_id: int) -> None:
    """The other links stay good: whoever asks with an old one must not be able to close the page of somebody else."""
    participant, key = _load(participant_id), f"new-link:{event_id}:{participant_id}"
    if participant is None:
        return
    is_readable = participant.process.is_open or participant.process.is_finished
    if is_readable and not _is_out(key, participant):
        _send(messages.new_link, key, participant, link=_link(participant, "asked for"))
    else:
        _withdraw(key, participant)


def file_rejection(submission_id: int) -> None:
    """Tells the participant why a file came back, unless the decision was taken back in the meantime."""
    submission = Submission.objects.select_related("requested_file").get(pk=submission_id)
    participant = _load(submission.requested_file.participant_id)
    undone = submission.decided_at is None or submission.decision != "rejected"
    if participant is None or undone or not participant.notify:
        return
    key = f"file-rejected:{submission.pk}:{submission.decided_at:%s%f}"
    if not _is_over(key, participant):
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
    participant, key = _load(participant_id), f"finished:{process.pk}:{participant_id}"
    if participant is not None and not _is_out(key, participant):
        _send(messages.finished, key, participant, link=_link(participant, "finished"), **more)


def code(check_id: int, number: int) -> None:
    """Unless a newer code was asked for, or this one has grown too old. It is made here and kept nowhere."""
    check = IdentityCheck.objects.filter(pk=check_id, sends=number).first()
    if check is None or check.code_ends_at is None:
        return
    participant = _load(check.participant_id)
    if participant is not None:
        channel = participant.identity.get("otp_channel", "mail")
        key = f"code:{check.pk}:{check.epoch}:{number}"
        more = {"sending": sending(participant.process), "channel": channel, "code": check.code()}
        _deliver(messages.code, key, to=person(participant), life=check.code_ends_at - clock.now(), **more)


BLOCKED_BY = {"OTP_CODE_INVALID": "otp", "FACES_DIFFER": "compare", "CONSENT_REFUSED": "consent"}


def block(participant_id: int, event_id: int) -> None:
    """The creator learns that somebody cannot go on, or has sent pictures that nobody but a person can compare."""
    participant, event = _load(participant_id), Event.objects.get(pk=event_id)
    if participant is not None and participant.process.is_open:
        check = BLOCKED_BY.get(event.data.get("reason", ""), "waiting")
        _tell_creator(messages.blocked, f"blocked:{event_id}", participant.process, who=participant.name, check=check)


def decision(participant_id: int, event_id: int) -> None:
    """The participant learns what a member has decided about their identity."""
    participant, key = _load(participant_id), f"decided:{event_id}:{participant_id}"
    if participant is None or _is_out(key, participant):
        return
    decided = Event.objects.get(pk=event_id).data
    if decided["decision"] == "reject":
        _send(messages.identity_rejected, key, participant)
    elif participant.process.is_open:
        # The earlier links stay good: a page that waits for the decision goes on by itself.
        _send(messages.unblocked, key, participant, link=_link(participant, "unblocked"))


def process_rejection(process_id: int) -> None:
    process = Process.objects.select_related("organization", "creator").get(pk=process_id)
    declined = process.events.filter(kind=Event.Kind.DECLINED).latest("sequence")
    key = f"rejected:{declined.pk}:creator"
    _tell_creator(messages.process_rejected, key, process, by=declined.actor_name, reason=declined.data["reason"])


def cancellation(participant_id: int) -> None:
    participant = _load(participant_id)
    if participant is None:
        return
    cancelled = participant.process.events.filter(kind=Event.Kind.CANCELLED).latest("sequence")
    key = f"cancelled:{cancelled.pk}:{participant.pk}"
    if not _is_out(key, participant):
        by, reason = cancelled.actor_name or participant.process.creator_email, cancelled.data["message"]
        _send(messages.cancelled, key, participant, by=by, reason=reason)


def expiry(process_id: int, participant_id: int | None) -> None:
    """A participant who was still asked, or with None the creator, learns that the time is over."""
    process = Process.objects.select_related("organization", "creator").get(pk=process_id)
    expired = process.events.filter(kind=Event.Kind.EXPIRED).latest("sequence")
    if participant_id is None:
        late = process.participants.exclude(status=Participant.Status.FINISH)
        waiting = tuple(late.values_list("name", flat=True))
        _tell_creator(messages.expired, f"expired:{expired.pk}:creator", process, waiting=waiting)
        return
    participant, key = _load(participant_id), f"expired:{expired.pk}:{participant_id}"
    if participant is not None and not _is_out(key, participant):
        _send(messages.expired, key, participant)


def wish_to_reopen(participant_id: int, event_id: int) -> None:
    """Unless the process has been opened again in the meantime."""
    participant = _load(participant_id)
    if participant is not None and participant.process.state == Process.State.EXPIRED:
        key = f"wish:{event_id}"
        _tell_creator(messages.reopening_asked, key, participant.process, who=participant.name)


STEPS: dict[str, str] = {
    Event.Kind.SIGNED: "signed",
    Event.Kind.APPROVED: "approved",
    Event.Kind.DECLINED: "rejected",
    Event.Kind.CANCELLED: "cancelled",
    Event.Kind.EXPIRED: "expired",
}


def update(participant_id: int, event_id: int) -> None:
    """A reader learns of one step."""
    participant, event = _load(participant_id), Event.objects.get(pk=event_id)
    key = f"update:{event_id}:{participant_id}"
    if participant is not None and not _is_out(key, participant):
        reason = str(event.data.get("reason") or event.data.get("message") or "")
        link = _link(participant, "update") if participant.process.is_open else ""
        what = {"what": STEPS[event.kind], "who": event.actor_name, "reason": reason, "link": link}
        _send(messages.update, key, participant, **what)


def _tell_creator(message: Any, key: str, process: Process, **more: Any) -> None:
    language = process.creator.language if process.creator else process.language
    name = process.creator.name if process.creator else process.creator_email
    link = f"{settings.PUBLIC_URL}/console/processes/{process.public_id}"
    _deliver(
        message, key, to=Person(name, process.creator_email, language), sending=sending(process), link=link, **more
    )


def _send(message: Any, key: str, participant: Participant, **more: Any) -> DeliveryFailed | None:
    if message is not messages.update:
        more["channels"] = _channels(participant)
    return _deliver(message, key, to=person(participant), sending=sending(participant.process), **more)


def _deliver(message: Any, key: str, **more: Any) -> DeliveryFailed | None:
    """A lasting refusal stays on the notification's row, where the console shows it, and is given back; a passing one
    is raised, so that the job tries again."""
    try:
        message(key=key, **more)
    except Outdated:
        return None
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise
        return failure
    return None


def _channels(participant: Participant) -> list[str]:
    return participant.channels or ["mail"]


def _is_over(key: str, participant: Participant) -> bool:
    return not participant.process.is_open or _is_out(key, participant)


def _is_out(key: str, participant: Participant) -> bool:
    """Asked before a link is made, so that a job that runs twice does not leave links that nobody has."""
    return delivery.is_out(key, _channels(participant))


def _withdraw(key: str, participant: Participant) -> None:
    delivery.withdraw(key, _channels(participant))


def _is_sent(key: str, participant: Participant) -> bool:
    return delivery.is_sent(key, _channels(participant))


def _load(participant_id: int) -> Participant | None:
    """None when the process was sent anew in the meantime, with other people in it."""
    found = Participant.objects.select_related("process__organization", "process__creator")
    return found.filter(pk=participant_id).first()


def _link(participant: Participant, purpose: str) -> str:
    """The link is committed before the mail goes out, so that no mail carries a dead one."""
    return ParticipantLink.issue(participant, RUBRICA, purpose)
