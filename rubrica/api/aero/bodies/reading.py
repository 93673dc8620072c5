"""Which way a call brings its files, as its Content-Type says."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.http import HttpRequest

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.files import intake
from rubrica.records.attachments import incoming, names
from rubrica.records.attachments.incoming import Allowance, Incoming
from rubrica.records.errors import Unsupported
from rubrica.web.filenames import file_name

FORM, JSON, URLENCODED = "multipart/form-data", "application/json", "application/x-www-form-urlencoded"


@contextmanager
def files_of(request: HttpRequest, organization: Organization, allowance: Allowance) -> Iterator[list[Incoming]]:
    """Every file of the call, whole and on disk, in order; they are gone afterwards unless they were kept.

    Raises IntakeRefused, Wrong or Unsupported; then none of them is kept.
    """
    from rubrica.api.aero.bodies import form, listed

    length = _length(request)
    kind = (request.content_type or "").lower()
    if length == 0:
        raise incoming.none_came()
    database.let_go()  # nothing is held in the database while a slow caller sends
    with ExitStack() as stack:
        if kind == FORM:
            files = form.files(request, length, allowance, stack)
        elif kind == JSON or kind.endswith("+json"):
            files = listed.files(request, length, organization, allowance, stack)
        else:
            files = [_raw(request, length, allowance, stack)]
        if not files:
            raise incoming.none_came()
        yield files


def _length(request: HttpRequest) -> int:
    """A request that says nothing of a body has none; one whose body comes in chunks must say how long it is."""
    nothing = "" if "Transfer-Encoding" in request.headers else "0"
    return intake.announced_length(request.META.get("CONTENT_LENGTH") or nothing)


def _raw(request: HttpRequest, length: int, allowance: Allowance, stack: ExitStack) -> Incoming:
    """The body itself is the file, and Content-Disposition names it."""
    header = request.headers.get("Content-Disposition", "")
    if not header or request.content_type == URLENCODED:
        raise Unsupported(
            "Send files as multipart/form-data, as application/json, or as raw body with a Content-Disposition."
        )
    name = names.file_name(file_name(header))
    return Incoming(name, stack.enter_context(intake.arriving(request, limit=allowance.size, length=length)))
