from rubrica.processes.models.document import Document, SignatureBox
from rubrica.processes.models.event import Event
from rubrica.processes.models.participant import Participant, ParticipantLink
from rubrica.processes.models.process import Process
from rubrica.processes.models.requested_file import RequestedFile, Submission
from rubrica.processes.models.signature import Signature

__all__ = [
    "Document",
    "Event",
    "Participant",
    "ParticipantLink",
    "Process",
    "RequestedFile",
    "Signature",
    "SignatureBox",
    "Submission",
]
