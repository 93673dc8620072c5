"""What a participant has to do, and how far each step is."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from rubrica.console.evidence import Evidence
from rubrica.processes.models import Participant, RequestedFile
from rubrica.processes.models.requested_file import APPROVED


@dataclass(frozen=True)
class Step:
    text: str
    is_done: bool


def steps(
    participant: Participant, files: list[RequestedFile], has_documents: bool, evidence: Evidence | None = None
) -> list[Step]:
    """Who it is first, then files, then the act itself; the order in which the participant's page asks."""
    found = [] if evidence is None else [Step(_("Confirm identity"), evidence.is_passed)]
    if files:
        found += _file_steps(files)
    if (has_documents or not participant.is_signer) and not participant.is_reader:
        act = _("Sign") if participant.is_signer else _("Approve")
        found.append(Step(act, participant.status == Participant.Status.FINISH))
    return found


def _file_steps(files: list[RequestedFile]) -> list[Step]:
    mandatory = [file for file in files if not file.optional] or files
    delivered = sum(file.is_delivered for file in mandatory)
    approved = sum(file.status == APPROVED for file in mandatory)
    words = {"all": len(mandatory), "delivered": delivered, "approved": approved}
    return [
        Step(_("Deliver files: %(delivered)d of %(all)d") % words, delivered == len(mandatory)),
        Step(_("Files approved: %(approved)d of %(all)d") % words, approved == len(mandatory)),
    ]
