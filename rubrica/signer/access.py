"""The door for participants: a token opens one participant of one process."""

import hashlib

from rubrica import context, tenancy
from rubrica.processes.models import Participant, ParticipantLink, Process


class LinkRefused(Exception):
    """The link opens nothing. ``status`` 404 for unknown ones, 410 for those that have ended."""

    def __init__(self, code: str, status: int, participant: Participant | None = None) -> None:
        super().__init__(code)
        self.code, self.status, self.participant = code, status, participant


ENDED = {
    Process.State.REJECTED: "PROCESS_REJECTED",
    Process.State.CANCELLED: "PROCESS_CANCELLED",
    Process.State.EXPIRED: "PROCESS_EXPIRED",
    # All links are replaced when a process is taken back; one that was on its way just then opens nothing either.
    Process.State.EDITING: "LINK_REPLACED",
}


def participant_by_token(token: str) -> Participant:
    """Raises LinkRefused. A finished process can still be read; what would change it is refused by the domain."""
    link = link_by_token(token)
    if link is None:
        raise LinkRefused("UNKNOWN_LINK", 404)
    context.note(organization=link.participant.process.organization.slug)
    if link.replaced_at is not None:
        raise LinkRefused("LINK_REPLACED", 410, link.participant)
    code = ENDED.get(Process.State(link.participant.process.state))
    if code:
        raise LinkRefused(code, 410, link.participant)
    return link.participant


def link_by_token(token: str) -> ParticipantLink | None:
    """With its participant and their process, to whose organization the caller is let in."""
    with tenancy.every_organization("A link is found by its secret, and says whose process it is."):
        link = ParticipantLink.objects.filter(digest=hashlib.sha256(token.encode()).digest()).first()
    if link is None:
        return None
    tenancy.enter(link.organization_id)
    # Not joined to the link: where all links were of early participants when the planner last counted them, it takes
    # this one for such too, and reads all participants on the way to theirs.
    people = Participant.objects.select_related("process__organization", "process__creator")
    participant = people.filter(pk=link.participant_id).first()
    if participant is None:  # removed between the two
        return None
    link.participant = participant
    return link
