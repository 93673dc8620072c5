"""What a message has to know of a process and of whom it goes to."""

from rubrica.notify.messages import Asked, AskedFile, Person, Sending
from rubrica.processes.models import Participant, Process


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
        color=process.organization.primary_color,
        logo=process.organization.brand.image_url,
    )


def person(participant: Participant) -> Person:
    """Somebody may give them another address while the mail server is being reached: the old one gets nothing then."""
    mine = Participant.objects.filter(pk=participant.pk, email=participant.email)
    known = (participant.name, participant.email, participant.language, participant.pk, participant.phone)
    return Person(*known, still=mine.exists)


def asked_of(participant: Participant) -> Asked:
    """What is still open for this person: a reminder must not ask again for what is done."""
    acts = participant.status != Participant.Status.FINISH
    documents = tuple(document.name for document in participant.own_documents()) if acts else ()
    files = [file for file in participant.requested_files.select_related("current") if not file.is_delivered]
    return Asked(
        signs=documents if participant.is_signer else (),
        approves=() if participant.is_signer else documents,
        files=tuple(AskedFile(file.name, file.optional) for file in files),
        until=participant.process.expires_at,
        confirms=participant.checks.exclude(state="passed").exists(),
    )
