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

from rubrica import context, figures
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

    def watched(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request_id, started = _id(environ), time.perf_counter()
        context.begin(request=request_id)
        environ["rubrica.request_id"] = request_id

        def answer(status: str, headers: list[tuple[str, str]], *rest: Any) -> object:
            _tell(environ, int(status[:3]), time.perf_counter() - started)
            return start_response(status, [*headers, ("X-Request-ID", request_id)], *rest)

        return application(environ, answer)

    return watched


def _id(environ: dict[str, Any]) -> str:
    """The one that a trusted proxy has given, so that its log and ours can be laid side by side, else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    if given and environ.get("REMOTE_ADDR") in settings.TRUSTED_PROXIES and GIVEN.fullmatch(given):
        return str(given)
    return secrets.token_hex(8)


def _tell(environ: dict[str, Any], status: int, seconds: float) -> None:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    kind = KINDS.get(path.split("/", 2)[1], "other")
    figures.answered(kind, status, seconds)
    if settings.LOG_REQUESTS and path not in QUIET:
        milliseconds = round(seconds * 1000, 1)
        facts = {"method": method, "path": logs.masked(path), "status": status, "milliseconds": milliseconds}
        logger.info("%s %s %s", method, path, status, extra={"facts": facts})


QUIET = {"/healthz", "/readyz", "/metrics"}  # asked every few seconds by machines
