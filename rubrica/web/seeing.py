"""Every request has an id, a line in the log where the operator wants one, and a place in the figures.

It stands outside of Django, so that the reads in front of it and static files are seen as well.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve

from rubrica import context, figures, telemetry
from rubrica.web import logs

logger = logging.getLogger("rubrica.requests")

StartResponse = Callable[..., object]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
# The first folder of an address says what kind of caller it has, and there are few of them.
KINDS = {
    "s": "participant", "c": "participant", "console": "console", "accounts": "console", "v1.5": "auco", "api": "aero",
    "uploads": "upload", "files": "download", "dl": "download", "verify": "verify", "pki": "pki", "static": "static",
}  # fmt: skip


def seen(application: Application) -> Application:
    """An application that does the same under the eyes of the operator."""

    traced = telemetry.is_on()

    def watched(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request_id, started = _id(environ), time.perf_counter()
        context.begin(request=request_id)
        environ["rubrica.request_id"] = request_id
        span = telemetry.Request(environ, is_trusted=_is_ours(environ)) if traced else None

        def answer(status: str, headers: list[tuple[str, str]], *rest: Any) -> object:
            _tell(environ, int(status[:3]), time.perf_counter() - started)
            if span:
                span.answered(int(status[:3]), _route(environ))
            return start_response(status, [*headers, ("X-Request-ID", request_id)], *rest)

        try:
            return application(environ, answer)
        finally:
            if span:
                span.left()

    return watched


def _id(environ: dict[str, Any]) -> str:
    """The one that a trusted proxy has given, so that its log and ours can be laid side by side, else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    if given and _is_ours(environ) and GIVEN.fullmatch(given):
        return str(given)
    return secrets.token_hex(8)


def _is_ours(environ: dict[str, Any]) -> bool:
    return environ.get("REMOTE_ADDR") in settings.TRUSTED_PROXIES


def _route(environ: dict[str, Any]) -> str:
    """The pattern of the address, in which no token and no name stands."""
    path = environ["PATH_INFO"]
    try:
        return f"/{resolve(path).route}"
    except Resolver404:
        return f"{_kind(path)}: unknown"


def _kind(path: str) -> str:
    return KINDS.get(path.split("/", 2)[1], "other") if path.startswith("/") else "other"


def _tell(environ: dict[str, Any], status: int, seconds: float) -> None:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    figures.answered(_kind(path), status, seconds)
    if settings.LOG_REQUESTS and path not in QUIET:
        milliseconds = round(seconds * 1000, 1)
        facts = {"method": method, "path": logs.masked(path), "status": status, "milliseconds": milliseconds}
        logger.info("%s %s %s", method, path, status, extra={"facts": facts})


QUIET = {"/healthz", "/readyz", "/metrics"}  # asked every few seconds by machines
