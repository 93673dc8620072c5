"""Whether somebody who wants to send a long body has any business here: asked before it is taken in, and once more,
with everything that belongs to it, by the application. Who has none is answered by it without a byte being read."""

import time
from typing import Any
from urllib.parse import unquote

import psycopg
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error

from rubrica import database, tenancy
from rubrica.accounts.models import digest
from rubrica.completing.models import Completion
from rubrica.files.models import UploadTicket
from rubrica.processes.models import ParticipantLink

KEY = """
SELECT 1 FROM accounts_apikey WHERE digest = %(digest)s AND revoked_at IS NULL
 UNION ALL SELECT 1 FROM accounts_bearertoken WHERE digest = %(digest)s AND revoked_at IS NULL
"""
AWAY = (Error, psycopg.Error)  # Django's own, and those of prepared statements
IN_BASE64 = 4 / 3
OF_JSON = "v1.5"  # a dialect whose calls bring nothing else
AROUND_FILES = 1 << 20  # bytes: a form or a document of JSON around what it carries


def largest() -> int:
    """Bytes that any call takes at the most; each has its own limit besides."""
    attachments = settings.MAX_ATTACHMENT_BYTES * settings.MAX_ATTACHMENTS_A_CALL * IN_BASE64
    alone = (settings.MAX_UPLOAD_BYTES, settings.MAX_DOCUMENT_BYTES, settings.MAX_JSON_BYTES, settings.MAX_VIDEO_BYTES)
    # Several documents go into one form of the console, and its own limit says how many.
    return int(max(attachments, *alone, 4 * settings.MAX_DOCUMENT_BYTES)) + AROUND_FILES


def has_business(environ: dict[str, Any], length: int, since: float) -> bool:
    """``since`` is the ``time.monotonic`` of its arrival. Raises one of ``AWAY`` where the database cannot say."""
    kind, _, rest = environ["PATH_INFO"].lstrip("/").partition("/")
    if length > (settings.MAX_JSON_BYTES if kind == OF_JSON else largest()):
        return False
    environ["rubrica.waited"] = time.monotonic() - since
    try:
        with tenancy.every_organization("A key, a link or a ticket is found by its secret; the doors say whose it is."):
            return KINDS.get(kind, _nobody)(environ, unquote(rest.split("/")[0]))
    finally:
        database.let_go()


def _by_key(environ: dict[str, Any], _: str) -> bool:
    said = environ.get("HTTP_X_AUTH_TOKEN") or environ.get("HTTP_AUTHORIZATION", "")
    secret = said[7:].strip() if said[:7].lower() == "bearer " else said
    return database.one_row(KEY, {"digest": digest(secret)}) is not None


def _by_link(environ: dict[str, Any], token: str) -> bool:
    return ParticipantLink.objects.filter(digest=digest(token), replaced_at=None).exists()


def _by_ticket(environ: dict[str, Any], token: str) -> bool:
    return UploadTicket.is_open(token.removeprefix("t."), environ["rubrica.waited"])


def _by_completion(environ: dict[str, Any], token: str) -> bool:
    return Completion.by_token(token) is not None


def _by_session(environ: dict[str, Any], _: str) -> bool:
    wanted = f"{settings.SESSION_COOKIE_NAME}="
    cookies = (one.strip() for one in environ.get("HTTP_COOKIE", "").split(";"))
    key = next((one.removeprefix(wanted) for one in cookies if one.startswith(wanted)), "")
    return bool(key) and "_auth_user_id" in SessionStore(key)


def _anybody(environ: dict[str, Any], _: str) -> bool:
    return True


def _nobody(environ: dict[str, Any], _: str) -> bool:
    return False


KINDS = {
    "v1.5": _by_key,
    "api": _by_key,
    "s": _by_link,
    "c": _by_completion,
    "uploads": _by_ticket,
    "console": _by_session,
    "verify": _anybody,
}
