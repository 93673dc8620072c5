"""What a sender does with what is on its way: remind, cancel, reactivate, edit (contract/auco.md §§5.6–5.9)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import addresses
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.errors import ApiError
from rubrica.api.auco.schemas import CancelIn, EditIn, PackageReminderIn, ReactivateIn, ReminderIn
from rubrica.files.links import download_url
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.processes.models import Document, Participant, Process
from rubrica.processes.reopening import reactivate, take_back
from rubrica.web.text import findable

router = Router()

KINDS = {"document": Process.Kind.DOCUMENT, "package": Process.Kind.PACKAGE}


@router.post("/document/reminder", auth=PRIVATE)
def remind(request: HttpRequest, payload: ReminderIn) -> dict[str, str]:
    """Asks one signer again; ``code`` is the document's code and the signer's id in one word (§5.6)."""
    addresses.signer_of_document(organization_of(request), payload.code).resend(actor_of(request))
    return {"message": "OK"}


@router.post("/document/many/reminder", auth=PRIVATE)
def remind_of_package(request: HttpRequest, payload: PackageReminderIn) -> dict[str, str]:
    """The same for a package, whose id the signer's follows (§5.6)."""
    addresses.signer_of_package(organization_of(request), payload.package).resend(actor_of(request))
    return {"message": "REMINDER_SENT"}


@router.post("/document/cancel", auth=PRIVATE)
def cancel(request: HttpRequest, payload: CancelIn) -> dict[str, Any]:
    """Cancels what can be cancelled and says of which codes it could not (§5.7). A package goes as a whole."""
    organization, by = organization_of(request), _named(actor_of(request), payload.email)
    refused = list(_refused(organization, payload, by))
    errors: dict[str, Any] = {"cant": len(refused)}
    if refused:
        errors["documents"] = refused
    return {"success": len(payload.codes) - len(refused), "errors": errors}


def _refused(organization: Organization, payload: CancelIn, by: Actor) -> Iterator[str]:
    """Each in a transaction of its own, so that one that is over keeps no other."""
    cancelled: set[int] = set()
    for code in payload.codes:
        try:
            process = addresses.document(organization, code).process
            if process.pk not in cancelled:
                process.cancel(payload.message, by)
                cancelled.add(process.pk)
        except (ApiError, Refused):
            yield code


@router.put("/document/reactivate", auth=PRIVATE)
def go_on(request: HttpRequest, payload: ReactivateIn) -> dict[str, Any]:
    """Opens what was rejected or has expired, and asks again who has not signed (§5.8)."""
    if (payload.code is None) == (payload.package is None):
        raise Invalid(Problem(("code",), "exclusive", "Send either code or package."))
    process = _ended(organization_of(request), payload)
    told = reactivate(process, _named(actor_of(request), payload.email))
    return {"notifications": len(told), "users": [participant.name for participant in told]}


def _ended(organization: Organization, payload: ReactivateIn) -> Process:
    found = organization.processes
    wanted = findable(payload.code or payload.package or "")
    process = (found.filter(documents__code=wanted) if payload.code else found.filter(public_id=wanted)).first()
    if process is None:
        raise ApiError("PROCESS_NOT_FOUND")
    return process


@router.post("/{resource}/edit", auth=PRIVATE)
def edit(request: HttpRequest, resource: str, payload: EditIn) -> dict[str, str]:
    """Takes something back that is on its way; what was signed, checked or linked is void from here on (§5.9)."""
    process = _editable(organization_of(request), resource, payload.code, payload.package)
    try:
        take_back(process, actor_of(request))
    except Refused as refused:
        if refused.code == "HELD":
            raise
        raise _not_found(resource) from None
    return {"message": f"{resource.upper()}_MODIFIED"}


@router.get("/{resource}/edit", auth=PRIVATE)
def get_edited(request: HttpRequest, resource: str, payload: Query[EditIn]) -> dict[str, Any]:
    """What is in edition, as it was sent (§5.9)."""
    process = _editable(organization_of(request), resource, payload.code, payload.package)
    if process.state != Process.State.EDITING:
        raise _not_found(resource)
    shown = {"name": process.name, "subject": process.subject, "message": process.message}
    people = list(process.participants.exclude(role=Participant.Role.READER).order_by("pk"))
    signers = [{"name": person.name, "email": person.email, "status": "pending"} for person in people]
    documents = [_edited_document(document) for document in process.documents.select_related("shown")]
    if process.kind == Process.Kind.DOCUMENT:
        return {**shown, **documents[0], "signProfile": signers}
    return {**shown, "signers": signers, "documents": documents}


def _edited_document(document: Document) -> dict[str, Any]:
    parts = document.parts.select_related("participant")
    profile = [{"name": part.participant.name, "email": part.participant.email} for part in parts]
    link = {"url": download_url(document.shown_id, document.file_name)} if document.shown_id else {}
    return {"code": document.code, "name": document.name, **link, "signProfile": profile}


def _editable(organization: Organization, resource: str, code: str | None, package: str | None) -> Process:
    """Raises ApiError: INVALID_RESOURCE, or that there is none; a document of a package is not edited alone."""
    if resource not in KINDS:
        raise ApiError("INVALID_RESOURCE")
    wanted = code if resource == "document" else package
    if not wanted:
        field = "code" if resource == "document" else "package"
        raise Invalid(Problem((field,), "required", "This field is required."))
    if resource == "document":
        process = addresses.document(organization, wanted).process
    else:
        process = addresses.package(organization, wanted)
    if process.kind != KINDS[resource]:
        raise _not_found(resource)
    return process


def _not_found(resource: str) -> ApiError:
    return ApiError(f"{resource.upper()}_NOT_FOUND")


def _named(actor: Actor, email: str) -> Actor:
    """The program acts with its key; who stands behind it is written down beside it."""
    return replace(actor, name=email)
