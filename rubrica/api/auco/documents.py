"""Documents to sign: what a process or a package looks like to a client (contract/auco.md §5)."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from rubrica.api.auco import reads

router = Router()


@router.get("/document", auth=None)
def get_document(request: HttpRequest) -> HttpResponse:
    """A document's process by its code, or the list of templates (§5.4)."""
    return reads.document(request.headers.get("Authorization", ""), request.GET).response()
