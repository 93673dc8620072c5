"""A call whose transaction the database undid for another's sake is done again, and its caller hears nothing of it."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from rubrica import database

T = TypeVar("T")
THEIRS = ("allauth", "rubrica.team.signing_in")  # the latter has theirs with a change or two
SAFE = {"GET", "HEAD", "OPTIONS"}
logger = logging.getLogger(__name__)


class Again:
    """Calls the view, and is the last of all for that. The library's own views want their errors seen by others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, named: Any) -> HttpResponseBase | None:
        if request.method in SAFE or getattr(view, "__module__", "").startswith(THEIRS):
            return None
        return tried(request, lambda: view(request, *args, **named))  # type: ignore[no-any-return]


def tried(request: HttpRequest, work: Callable[[], T]) -> T:
    """Once more only where nothing remains of the first time: no transaction was committed, no row changed outside of
    one, and the body is there to be read again."""
    if request.method in SAFE:
        return work()
    before = getattr(connection, "commits", 0)
    notes = _Changes()

    def may_repeat() -> bool:
        is_readable = hasattr(request, "_body") or not getattr(request, "_read_started", False)
        may = is_readable and not notes.seen and getattr(connection, "commits", 0) == before
        logger.warning("The database undid a transaction; the call is %s.", "done again" if may else "refused")
        return may

    with connection.execute_wrapper(notes):
        return database.retried(work, may_repeat)


class _Changes:
    """Notes whether a statement outside of transactions changed anything, which nothing undoes."""

    def __init__(self) -> None:
        self.seen = False

    def __call__(self, execute: Any, statement: Any, values: Any, many: bool, context: Any) -> Any:
        result = execute(statement, values, many, context)
        if not context["connection"].in_atomic_block and not str(statement).lstrip().startswith(("SELECT", "WITH")):
            self.seen = True
        return result
