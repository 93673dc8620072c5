"""Pages for what is not there and what went wrong; API clients get theirs from ``ApiErrors``."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from rubrica.web.middleware import is_api


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return HttpResponse(status=404) if is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(status=500) if is_api(request) else defaults.server_error(request)
