"""Legal holds over the API: under one nothing of a process is deleted (docs/privacy.md)."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco.door import PRIVATE, actor_of, organization_of
from rubrica.api.auco.errors import ApiError
from rubrica.api.auco.reads import wire_time
from rubrica.api.auco.schemas import HoldIn
from rubrica.processes.models import Hold, Process
from rubrica.web.text import findable

router = Router()


@router.get("/processes/{package}/hold", auth=PRIVATE)
def get_holds(request: HttpRequest, package: str) -> dict[str, Any]:
    """Those in force, also on the whole organization."""
    process = _process(organization_of(request), package)
    return {"package": process.public_id, "holds": [_told(hold) for hold in Hold.objects.of(process)]}


@router.put("/processes/{package}/hold", auth=PRIVATE)
def place(request: HttpRequest, package: str, payload: HoldIn) -> dict[str, Any]:
    organization = organization_of(request)
    process = _process(organization, package)
    Hold.place(organization, process, payload.reason, actor_of(request))
    return get_holds(request, package)


@router.delete("/processes/{package}/hold", auth=PRIVATE)
@transaction.atomic
def lift(request: HttpRequest, package: str) -> dict[str, Any]:
    organization = organization_of(request)
    Hold.lift(organization, _process(organization, package), actor_of(request))
    return get_holds(request, package)


def _told(hold: Hold) -> dict[str, Any]:
    of = "process" if hold.process_id else "organization"
    return {"of": of, "reason": hold.reason, "by": hold.by, "since": wire_time(hold.since)}


def _process(organization: Organization, package: str) -> Process:
    found = organization.processes.filter(public_id=findable(package)).first()
    if found is None:
        raise ApiError("PROCESS_NOT_FOUND")
    return found
