"""The evidence of a finished process, as bytes that go out while they are read (docs/api-own.md)."""

from django.http import HttpRequest, HttpResponseBase
from ninja import Router

from rubrica.accounts.models import Organization
from rubrica.api.auco.door import PRIVATE, organization_of
from rubrica.api.auco.errors import ApiError
from rubrica.files.views import stream
from rubrica.processes import bundle
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.processes.models import Process
from rubrica.sealing.writing.container import MIME_TYPE
from rubrica.web.text import findable

router = Router()

CONTAINER = "container"
FORMS = ("bundle", CONTAINER)


@router.get("/processes/{package}/evidence", auth=PRIVATE)
def get_evidence(request: HttpRequest, package: str) -> HttpResponseBase:
    """With the private key, though it reads: everybody's addresses and files are in it."""
    form = request.GET.get("form", "bundle")
    if form not in FORMS:
        sentence = "This must be one of %(expected)s."
        raise Invalid(Problem(("form",), "literal_error", sentence, {"expected": ", ".join(FORMS)}))
    process = _process(organization_of(request), package)
    try:
        bundle.check_ready(process)
        if form == CONTAINER:
            return stream(bundle.container(bundle.own_evidence(process)), f"evidence-{package}.asice", MIME_TYPE)
        return stream(bundle.bundle(process), f"evidence-{package}.zip", "application/zip")
    except Refused as refusal:
        problem = Problem((), refusal.code, refusal.sentence, refusal.values)
        raise ApiError(refusal.code, 409, [problem]) from refusal


def _process(organization: Organization, package: str) -> Process:
    found = organization.processes.select_related("organization").filter(public_id=findable(package)).first()
    if found is None:
        raise ApiError("PROCESS_NOT_FOUND")
    return found
