"""Deciding about a signer whom the identity checks have blocked (contract/auco.md §5.8)."""

from dataclasses import replace
from typing import Literal

from django.http import HttpRequest
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco import addresses
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.errors import ApiError
from rubrica.api.auco.schemas import Email, Reference, Text, Wire
from rubrica.processes import identity
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.processes.models import Participant
from rubrica.processes.sending import WHATSAPP

router = Router()

DOCUMENT_CODE, IDENTITY_CODE, PACKAGE_ID = 10, 16, 24  # characters
EXPLAINED = {"approve", "cancel"}


class UnlockIn(Wire):
    code: Reference
    email: Email
    status: Literal["approve", "reject", "reset", "cancel"]
    message: Text | None = None


@router.post("/document/unlock", auth=PRIVATE)
def unlock(request: HttpRequest, payload: UnlockIn) -> dict[str, str]:
    """Lets a blocked signer through, refuses them, lets them try anew or calls the process off."""
    participant = _participant(organization_of(request), payload.code)
    _check_message(payload)
    try:
        _decide(participant, payload, replace(actor_of(request), name=payload.email))
    except Refused as refused:
        if refused.code == "NOT_BLOCKED":
            raise ApiError("NOT_BLOCKED_PROCESS") from None
        raise
    return {"message": "OK"}


def _participant(organization: Organization, code: str) -> Participant:
    """By a document's code or a package's id with the signer's id behind it."""
    if len(code) in {DOCUMENT_CODE, IDENTITY_CODE, PACKAGE_ID}:
        raise ApiError("MISSING_SIGNER_ID")
    if len(code) == PACKAGE_ID + addresses.SIGNER_ID:
        return addresses.signer_of_package(organization, code)
    if len(code) == IDENTITY_CODE + addresses.SIGNER_ID:
        return addresses.person_of_identity(organization, code)
    return addresses.signer_of_document(organization, code)


def _check_message(payload: UnlockIn) -> None:
    if payload.status in EXPLAINED and payload.message is None:
        raise Invalid(Problem(("message",), "required", "This field is required."))
    if payload.status not in EXPLAINED and payload.message is not None:
        raise Invalid(Problem(("message",), "not_accepted", "A message is taken with approve and cancel alone."))


def _decide(participant: Participant, payload: UnlockIn, by: Actor) -> None:
    message = payload.message or ""
    if payload.status == "approve":
        identity.approve(participant, message, by)
    elif payload.status == "cancel":
        identity.cancel(participant, message, by)
    elif payload.status == "reset" and WHATSAPP in participant.channels:
        identity.reset(participant, by)
    else:
        # The contract: whoever does not sign on WhatsApp cannot be set back, which is as good as refused.
        identity.reject(participant, by)
