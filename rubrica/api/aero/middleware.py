"""Addresses as clients of aero write them, and its envelope also where the framework itself says no."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from rubrica.api.aero import envelope
from rubrica.web.middleware import KEPT

Handler = Callable[[HttpRequest], HttpResponseBase]
OURS = re.compile(r"/+api/+v(?P<version>[12])(?:/|$)")
SLASHES = re.compile(r"/{2,}")


class Aero:
    """``//api/v2/…/`` is routed as ``/api/v2/…``, and never redirected: a redirect would lose the body."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        ours = OURS.match(request.path_info)
        if ours is None:
            return self.get_response(request)
        request.path_info = request.path = SLASHES.sub("/", request.path_info).rstrip("/")
        answer = self.get_response(request)
        if answer.status_code < 400 or answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer
        kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
        return envelope.plain(answer.status_code, int(ours["version"]), **kept)
