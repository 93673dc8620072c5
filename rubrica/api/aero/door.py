"""From a request to one of the dialect's functions: method, caller, and the envelope of whatever goes wrong."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from psycopg.errors import DeadlockDetected

from rubrica import context, tenancy
from rubrica.api.aero import caller, envelope
from rubrica.files.intake import IntakeRefused
from rubrica.records.errors import Refusal
from rubrica.web import again

View = Callable[..., HttpResponseBase]
WHO: dict[int, Callable[[HttpRequest], caller.Caller]] = {1: caller.of_v1, 2: caller.of}


def door(version: int = 2, *, is_open: bool = False, **handlers: View) -> View:
    """A view that hands each method to its function, which is given the request, the caller and what the path says.

    ``is_open``: nobody is asked for a token, and no caller is given.
    """

    @csrf_exempt
    def view(request: HttpRequest, **named: Any) -> HttpResponseBase:
        handler = handlers.get(request.method or "")
        if handler is None:
            return envelope.plain(405, version, Allow=", ".join(sorted(handlers)))
        try:
            if is_open:
                return handler(request, **named)
            known = WHO[version](request)
            context.note(organization=known.member.organization.slug)
            tenancy.enter(known.member.organization_id)
            return again.tried(request, lambda: handler(request, known, **named))
        except Exception as error:
            return _said(error, version)

    view.handlers = handlers  # type: ignore[attr-defined]  # the description of the API reads them
    return view


def _said(error: Exception, version: int) -> HttpResponseBase:
    """The answer to what is expected to go wrong; anything else is raised again and logged once."""
    answer: Any
    if isinstance(error, Refusal):
        answer = envelope.refused(error, version)
        if error.status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, IntakeRefused):
        answer = envelope.bytes_refused(error, version)
    elif isinstance(error, RequestDataTooBig | UnreadablePostError):
        answer = envelope.broken_off(error, version)
    elif isinstance(error, OperationalError) and isinstance(error.__cause__, DeadlockDetected):
        answer = envelope.plain(409, version)  # two calls that wanted each other's documents; the other one was done
    else:
        raise error
    said: HttpResponseBase = answer
    return said
