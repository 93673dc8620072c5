"""Pages for what is not there and what went wrong; API clients get theirs from ``ApiErrors``."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views import defaults

from rubrica import disk
from rubrica.web.middleware import is_api

RETRY_SECONDS = 30


class StorageAway(OSError):
    """The storage does not answer, or refuses; the message says which. Whoever asked is answered 503."""


class FileErased(FileNotFoundError):
    """It was here, and was erased on purpose. Whoever asks is answered 410."""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return HttpResponse(status=404)
    with translation.override(_language(request)):
        return defaults.page_not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    with translation.override(_language(request)):
        return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    error = sys.exc_info()[1]
    if isinstance(error, FileErased):
        return HttpResponse(status=410) if is_api(request) else _gone(request, error)
    response = HttpResponse(status=500) if is_api(request) else defaults.server_error(request)
    if isinstance(error, StorageAway) or disk.is_failing(error):
        # Not our fault and not for long: clients and proxies know what to do with it.
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _gone(request: HttpRequest, error: Exception) -> HttpResponseBase:
    response = not_found(request, error)
    response.status_code = 410
    return response


def _language(request: HttpRequest) -> str | None:
    """A member's own, unless the address asks for another."""
    own: str = getattr(getattr(request, "user", None), "language", "")
    return translation.get_language() if "lang" in request.GET or not own else own
