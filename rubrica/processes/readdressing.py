"""Another e-mail address for somebody who has not acted yet: whoever reads the old one is out."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from rubrica import clock
from rubrica.processes import identity, jobs
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models import Event, Participant, ParticipantLink, Process
from rubrica.web.text import searchable

LONGEST = 254  # characters


def change_email(participant: Participant, email: str, by: Actor) -> bool:
    """Every link made so far opens nothing from now on, and the new address is invited where it is their turn.

    Says whether it was: not before their turn. Who has signed, approved or declined keeps the address with which they
    did. What the one before has proven of themselves, and why they were blocked, is void. Raises Refused:
    EMAIL_INVALID, EMAIL_TAKEN, EMAIL_SAME, ALREADY_DONE, and what ``Process.changing`` raises.
    """
    email = _checked(email)
    with participant.process.changing() as process:
        me = process.participants.get(pk=participant.pk)
        before = me.email
        _check(process, me, email)
        me.email = email
        me.save(update_fields=["email"])
        ParticipantLink.objects.filter(participant=me, replaced_at=None).update(replaced_at=clock.now())
        _make_findable(process)
        event = process.record(
            Event.Kind.EMAIL_CHANGED, by, participant=me.public_id, before=before, after=email
        )  # fmt: skip
        me.process = process
        identity.begin_anew(me, by)
        is_told = me.status == Participant.Status.NOTIFICATION and me.notify
        if is_told:
            jobs.invite_elsewhere.defer(participant_id=me.pk, event_id=event.pk)
    return is_told


def _check(process: Process, me: Participant, email: str) -> None:
    if not me.is_reader and me.status in {Participant.Status.FINISH, Participant.Status.REJECT}:
        raise Refused("ALREADY_DONE", "Who has done their part keeps the address with which they did it.")
    if me.email.lower() == email.lower():
        raise Refused("EMAIL_SAME", "This is the address already.")
    if process.participants.exclude(pk=me.pk).filter(email__iexact=email).exists():
        raise Refused("EMAIL_TAKEN", "Somebody else in this process has this address.")


def _checked(email: str) -> str:
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    if not email or len(email) > LONGEST:
        raise Refused("EMAIL_INVALID", "This is no e-mail address.")
    return email


def _make_findable(process: Process) -> None:
    """The words of ``Sending.words``, with the people as they are now."""
    people = process.participants.values_list("name", "email")
    texts = [process.name, *process.documents.values_list("name", flat=True), *(text for one in people for text in one)]
    process.words = f"o{process.organization_id} {searchable(' '.join(texts))}"
    process.save(update_fields=["words"])
