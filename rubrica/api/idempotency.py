"""``Idempotency-Key`` on every POST and PUT of every dialect: the same call twice does its work once.

A call without the header pays for one look into a dictionary.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from rubrica import database, tenancy
from rubrica.accounts.models import ApiKey
from rubrica.api.auco import errors as auco
from rubrica.idempotency.answers import AnswerLost, Place, replay, sealed
from rubrica.idempotency.body import hashed
from rubrica.idempotency.models import Claim, KeyedCall, Scope
from rubrica.processes.errors import Problem
from rubrica.processes.models import Event

HEADER = "HTTP_IDEMPOTENCY_KEY"
KEY = re.compile(r"[!-~]{1,255}")
RENEWED_EVERY = 5  # seconds; see models.CLAIMED_FOR
# These say nothing about the call itself, and the next try may go through.
NOT_KEPT = {401, 403, 408, 411, 413, 429}

_running: ContextVar[Claim | None] = ContextVar("claim of the call that runs", default=None)

Handler = Callable[[HttpRequest], HttpResponseBase]


@dataclass(frozen=True)
class Dialect:
    """How a dialect knows its callers, and how it says no."""

    prefix: str
    scope: Callable[[HttpRequest], Scope | None]
    refusal: Callable[[str, int, str], HttpResponse]


def _auco_scope(request: HttpRequest) -> Scope | None:
    kind = ApiKey.Kind.PRIVATE.value
    organization = ApiKey.organization_of(request.headers.get("Authorization", ""), kind)
    if organization is None:
        return None
    tenancy.enter(organization.pk)
    return Scope(organization.pk, kind)


def _auco_refusal(code: str, status: int, sentence: str) -> HttpResponse:
    return auco.answer(code, status, [Problem(("Idempotency-Key",), code, sentence)])


DIALECTS = [Dialect("/v1.5/ext/", _auco_scope, _auco_refusal)]


class Idempotency:
    """Stands inside of what gives answers their form and language, and outside of everything that acts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if HEADER not in request.META or request.method not in {"POST", "PUT"}:
            return self.get_response(request)
        dialect = next((one for one in DIALECTS if request.path.startswith(one.prefix)), None)
        scope = dialect.scope(request) if dialect and not _is_too_large(request) else None
        if dialect is None or scope is None:
            return self.get_response(request)  # It is refused there, by whoever knows why.
        key = request.META[HEADER]
        if not KEY.fullmatch(key):
            sentence = "An Idempotency-Key has 1 to 255 visible ASCII characters."
            return dialect.refusal("IDEMPOTENCY_KEY_INVALID", 400, sentence)
        found = KeyedCall.claim_or_find(scope, key)
        database.let_go()  # The body may be slow to come.
        if isinstance(found, Claim):
            return self._first(request, Place(scope, key), found)
        return _again(request, dialect, Place(scope, key), found)

    def _first(self, request: HttpRequest, place: Place, claim: Claim) -> HttpResponseBase:
        kept = False
        try:
            body = hashed(request, partial(_still_here, claim))
            with _renewed(claim), _heard(claim):
                response = self.get_response(request)
            if isinstance(response, HttpResponse) and _is_kept(response.status_code) and body.is_whole():
                kept = claim.finish(body.digest, response.status_code, sealed(response, place))
        finally:
            if not kept:
                claim.release()
        return response


def _again(request: HttpRequest, dialect: Dialect, place: Place, found: KeyedCall | None) -> HttpResponse:
    if found is None or found.runs:
        answer = dialect.refusal("IDEMPOTENCY_KEY_IN_USE", 409, "The first call with this Idempotency-Key is running.")
        answer.headers["Retry-After"] = "1"
        return answer
    if found.is_lost:
        return _lost(dialect)
    body = hashed(request, lambda: None)
    if not body.is_whole() or body.digest != bytes(found.digest or b""):
        sentence = "This Idempotency-Key was used for another call: send a new key."
        return dialect.refusal("IDEMPOTENCY_KEY_REUSED", 422, sentence)
    try:
        assert found.status is not None and found.answer is not None
        return replay(found.status, bytes(found.answer), place)
    except AnswerLost:
        return _lost(dialect)


def _lost(dialect: Dialect) -> HttpResponse:
    sentence = "The first call has done its work, but its answer is lost: look up what it made."
    return dialect.refusal("IDEMPOTENCY_ANSWER_LOST", 409, sentence)


def hear(_event: Event) -> None:
    """Every effect of a call is an event, stored in the transaction of the effect. Raises ApiError, which undoes it."""
    claim = _running.get()
    if claim is not None and not claim.acts():
        raise auco.ApiError("IDEMPOTENCY_KEY_IN_USE", 409)


@contextmanager
def _renewed(claim: Claim) -> Iterator[None]:
    """A call that composes a hundred documents outlives a claim; while it runs the claim is told to be alive."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEWED_EVERY):
            with suppress(DatabaseError):  # a database that is back soon hears of it the next time
                claim.renew()
            connection.close()

    seeing = copy_context()  # the thread sees what the call sees
    threading.Thread(target=seeing.run, args=[renew], daemon=True, name="idempotency").start()
    try:
        yield
    finally:
        done.set()


@contextmanager
def _heard(claim: Claim) -> Iterator[None]:
    token = _running.set(claim)
    try:
        yield
    finally:
        _running.reset(token)


def _is_kept(status: int) -> bool:
    return status < 500 and status not in NOT_KEPT


def _is_too_large(request: HttpRequest) -> bool:
    """A body that every view refuses is not worth hashing."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    most = max(settings.MAX_JSON_BYTES, settings.MAX_UPLOAD_BYTES, settings.MAX_DOCUMENT_BYTES)
    return not length.isdecimal() or int(length) > 2 * most  # a form adds a little around its file


def _still_here(claim: Claim) -> None:
    claim.renew()
    database.let_go()
