"""What every answer carries: the headers that keep browsers safe, and errors in the form of the API that was called."""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

Handler = Callable[[HttpRequest], HttpResponseBase]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), interest-cohort=()",
}
REFERRER_POLICY = "same-origin"  # a form must tell its origin, or CSRF checks fail
# ASVS 3.4.1 asks for a year.
STRICT_TRANSPORT = [("Strict-Transport-Security", f"max-age={365 * 24 * 3600}")] if settings.HTTPS else []


class SecurityHeaders:
    """Sets what the view has not set: a view that serves somebody's file has a stricter policy of its own."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.STORAGE_ORIGINS and request.path.startswith("/s/"):
            response.headers.setdefault("Content-Security-Policy", _with_bucket())
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Referrer-Policy", _referrer_policy(request))
        for name, value in STRICT_TRANSPORT:
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _with_bucket() -> str:
    """A participant's large files go straight there (files/direct.py)."""
    return PAGE_POLICY.replace("connect-src 'self'", " ".join(("connect-src 'self'", *settings.STORAGE_ORIGINS)))


def _referrer_policy(request: HttpRequest) -> str:
    """The address of a participant's page is a secret that no other page may learn."""
    return "no-referrer" if request.path.startswith(("/s/", "/c/")) else REFERRER_POLICY


API_PREFIXES = ("/v1.5/ext/", "/uploads/", "/s/")
CODES = {
    400: ("BAD_REQUEST", "The request could not be read."),
    403: ("FORBIDDEN", "This is not allowed."),
    404: ("NOT_FOUND", "There is nothing at this address."),
    405: ("METHOD_NOT_ALLOWED", "This address does not answer to this method."),
    410: ("FILE_ERASED", "This file was erased on purpose. What it was is in the history."),
    413: ("PAYLOAD_TOO_LARGE", "The request is larger than what is accepted."),
    500: ("INTERNAL_ERROR", "Something went wrong on our side; the log has the reason."),
    503: ("STORAGE_UNAVAILABLE", "Files cannot be reached at the moment; try again a little later."),
}


KEPT = ("Allow", "Retry-After")


class ApiErrors:
    """Clients of an API get JSON whatever went wrong, also where the framework itself answers with a page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or not is_api(request):
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        code, detail = CODES.get(response.status_code, CODES[500 if response.status_code >= 500 else 400])
        body = json.dumps({"message": code, "detail": detail})
        answer = HttpResponse(body, status=response.status_code, content_type="application/json")
        for name in KEPT:
            if name in response.headers:
                answer.headers[name] = response.headers[name]
        return answer


def is_api(request: HttpRequest) -> bool:
    """A participant's link is a page for a browser; everything below it is an API."""
    page = request.path.startswith("/s/") and request.path.count("/") == 2
    return request.path.startswith(API_PREFIXES) and not page
