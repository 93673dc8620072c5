from rubrica.processes.models.document import Document, Part, SignatureBox
from rubrica.processes.models.due import Due
from rubrica.processes.models.erasure import Erasure, PersonExport
from rubrica.processes.models.event import Event
from rubrica.processes.models.evidence import Evidence
from rubrica.processes.models.folder import Folder, Tag
from rubrica.processes.models.hold import Hold
from rubrica.processes.models.identity_check import IdentityCapture, IdentityCheck
from rubrica.processes.models.ledger import LedgerHead, LedgerLeaf, LedgerNode, LedgerSignature, LedgerTimestamp
from rubrica.processes.models.participant import Participant
from rubrica.processes.models.participant_link import ParticipantLink
from rubrica.processes.models.phrase import Phrase
from rubrica.processes.models.process import Process
from rubrica.processes.models.requested_file import RequestedFile, Submission
from rubrica.processes.models.signature import Signature
from rubrica.processes.models.signed_revision import SignedRevision

__all__ = [
    "Document",
    "Due",
    "Erasure",
    "Event",
    "Evidence",
    "Folder",
    "Hold",
    "IdentityCapture",
    "IdentityCheck",
    "LedgerHead",
    "LedgerLeaf",
    "LedgerNode",
    "LedgerSignature",
    "LedgerTimestamp",
    "Part",
    "Participant",
    "ParticipantLink",
    "PersonExport",
    "Phrase",
    "Process",
    "RequestedFile",
    "Signature",
    "SignatureBox",
    "SignedRevision",
    "Submission",
    "Tag",
]
