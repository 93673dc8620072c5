"""Requests begin with nothing in sight. Whoever knows whose the request is, says so: the doors of the dialects, of the
console and of participants' links."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth import get_user
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.functional import SimpleLazyObject

from rubrica import tenancy

Handler = Callable[[HttpRequest], HttpResponseBase]


# Below these addresses nobody is known by an organization, and what is asked for is found in any of them.
EVERYWHERE = {
    "/accounts/": "Whoever signs in says an address of mail, and nobody knows yet of which organization.",
    "/api/v1/login": "The same, by a program.",
    "/join/": "An invitation is found by its secret, and its address may belong to a member elsewhere.",
    "/brand/": "The look of an organization is for everybody who knows its mark.",
    "/channels/": "A provider tells what became of a message, by the message's own number.",
    "/dl/": "A signed link names a file, and is itself the right to have it.",
    "/files/": "As below /dl/.",
    "/metrics": "The operator's figures count everything.",
    "/pki/": "Anybody may ask whether a certificate of ours was revoked.",
    "/verify": "Anybody may ask whether a file is one that was sealed here.",
}
PREFIXES = tuple(EVERYWHERE)


class Sight:
    """The outermost of all."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_everywhere = request.path.startswith(PREFIXES)
        with tenancy.every_organization("See EVERYWHERE.") if is_everywhere else tenancy.nobody():
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse) and not _is_of_file(response):
                response.streaming_content = _seeing(tenancy.sight(), response.streaming_content)
            return response


def _is_of_file(response: StreamingHttpResponse) -> bool:
    """Opened by now, and read on by whichever thread is free (``rubrica.web.front``)."""
    return isinstance(response, FileResponse) or getattr(response, "is_of_file", False)


def _seeing(what: str, parts: Any) -> Iterator[bytes]:
    """What is made while it goes out is made after the request has ended, and sees what that saw."""
    each = iter(parts)
    while True:
        with tenancy.seeing(what):
            piece = next(each, None)
        if piece is None:
            return
        yield piece


class SignedIn:
    """In the place of Django's AuthenticationMiddleware: whoever has signed in sees their organization."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(lambda: _member(request))  # type: ignore[assignment]
        return self.get_response(request)


def _member(request: HttpRequest) -> object:
    if not hasattr(request, "_cached_user"):
        with tenancy.every_organization("A session names its member, and nobody knows yet of which organization."):
            request._cached_user = get_user(request)  # type: ignore[attr-defined]
    user = request._cached_user  # type: ignore[attr-defined]
    if user.is_authenticated:
        tenancy.enter_unless_known(user.organization_id)
    return user
