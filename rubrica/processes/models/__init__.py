from rubrica.processes.models.document import Document, Part, SignatureBox
from rubrica.processes.models.due import Due
from rubrica.processes.models.event import Event
from rubrica.processes.models.folder import Folder, Tag
from rubrica.processes.models.identity_check import IdentityCapture, IdentityCheck
from rubrica.processes.models.participant import Participant, ParticipantLink
from rubrica.processes.models.process import Process
from rubrica.processes.models.requested_file import RequestedFile, Submission
from rubrica.processes.models.signature import Signature

__all__ = [
    "Document",
    "Due",
    "Event",
    "Folder",
    "IdentityCapture",
    "IdentityCheck",
    "Part",
    "Participant",
    "ParticipantLink",
    "Process",
    "RequestedFile",
    "Signature",
    "SignatureBox",
    "Submission",
    "Tag",
]
