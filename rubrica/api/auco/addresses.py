"""What a code of the dialect stands for: a document, a package, or one participant (contract/auco.md §1.2)."""

import re

from django.db.models import QuerySet

from rubrica.accounts.models import Organization
from rubrica.api.auco.errors import ApiError
from rubrica.processes.models import Document, Participant, Process
from rubrica.web.text import findable

PACKAGE_ID = re.compile(r"[0-9a-f]{24}")
SIGNER_ID = 2  # characters at the end of a reference to one participant


def document(organization: Organization, code: str) -> Document:
    """Raises ApiError with DOCUMENT_NOT_FOUND; of another organization is not found either."""
    found = Document.objects.select_related("process").filter(organization=organization, code=findable(code)).first()
    if found is None:
        raise ApiError("DOCUMENT_NOT_FOUND")
    return found


def package(organization: Organization, public_id: str) -> Process:
    """Raises ApiError with PACKAGE_ID_INVALID or PACKAGE_NOT_FOUND."""
    if not PACKAGE_ID.fullmatch(public_id):
        raise ApiError("PACKAGE_ID_INVALID")
    found = organization.processes.filter(public_id=public_id).first()
    if found is None:
        raise ApiError("PACKAGE_NOT_FOUND")
    return found


def signer_of_document(organization: Organization, reference: str) -> Participant:
    """By the document's code and the signer's id in one word. Raises ApiError with DOCUMENT_NOT_FOUND."""
    of_document = document(organization, reference[:-SIGNER_ID])
    asked = _asked().filter(parts__document=of_document, public_id=findable(reference[-SIGNER_ID:]))
    found = asked.first()
    if found is None:
        raise ApiError("DOCUMENT_NOT_FOUND")
    return found


def signer_of_package(organization: Organization, reference: str) -> Participant:
    """By the package's id and the signer's id in one word. Raises ApiError, also with PACKAGE_ID_INVALID."""
    process = package(organization, reference[:-SIGNER_ID])
    found = _asked().filter(process=process, public_id=findable(reference[-SIGNER_ID:])).first()
    if found is None:
        raise ApiError("PACKAGE_NOT_FOUND")
    return found


def person_of_identity(organization: Organization, reference: str) -> Participant:
    """By the code of an identity process and the person's id in one word. Raises ApiError with VERIFACE_NOT_FOUND."""
    known = _asked().filter(organization=organization, process__kind=Process.Kind.IDENTITY)
    found = known.filter(
        process__public_id=findable(reference[:-SIGNER_ID]), public_id=findable(reference[-SIGNER_ID:])
    ).first()
    if found is None:
        raise ApiError("VERIFACE_NOT_FOUND")
    return found


def _asked() -> QuerySet[Participant]:
    return Participant.objects.select_related("process").exclude(role=Participant.Role.READER)


def in_edition(organization: Organization, kind: str, wanted: str | None) -> Process | None:
    """What is to be sent anew, None when nothing is named. Raises ApiError when it was not put in edition."""
    if wanted is None:
        return None
    editing = organization.processes.filter(kind=kind, state=Process.State.EDITING)
    if kind == Process.Kind.DOCUMENT:
        found = editing.filter(documents__code=findable(wanted)).first()
        missing = "DOCUMENT_NOT_FOUND"
    else:
        found = editing.filter(public_id=package(organization, wanted).public_id).first()
        missing = "PACKAGE_NOT_FOUND"
    if found is None:
        raise ApiError(missing)
    return found
