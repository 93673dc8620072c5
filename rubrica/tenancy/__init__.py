"""Whose rows the work at hand may see: of one organization, of none, or, where it says why, of every one.

A second lock behind ``member.organization.processes``: PostgreSQL itself gives no row of another organization to a
statement that forgot to ask for its own (``policies``). The engine tells it with each statement or transaction
(``engine``), so that no connection keeps what was said on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NOBODY = ""
EVERY = "*"

_sight: ContextVar[str] = ContextVar("sight")
_otherwise = NOBODY  # of threads in which nothing was said, such as those that a command starts


def sight() -> str:
    """What PostgreSQL is told: the id of an organization, ``*`` or nothing."""
    return _sight.get(_otherwise)


def enter(organization_id: int) -> None:
    """From here to the end of the request or job only this organization's rows are there."""
    _sight.set(str(organization_id))


def enter_every(why: str) -> None:
    """As ``enter``, for what goes over the border between organizations to the end of the request."""
    assert why
    _sight.set(EVERY)


def enter_unless_known(organization_id: int) -> None:
    """As ``enter``, unless something that says more, such as a participant's link, has said whose rows they are."""
    if sight() == NOBODY:
        enter(organization_id)


def operate() -> None:
    """The whole process is the operator's own: a command at the shell of the server."""
    global _otherwise
    _otherwise = EVERY


def serve() -> None:
    """From here on each job says whose it is."""
    global _otherwise
    _otherwise = NOBODY


@contextmanager
def nobody() -> Iterator[None]:
    """Nothing is known yet: the beginning of a request or job. At its end what was entered is forgotten."""
    with seeing(NOBODY):
        yield


@contextmanager
def only(organization_id: int) -> Iterator[None]:
    with seeing(str(organization_id)):
        yield


@contextmanager
def every_organization(why: str) -> Iterator[None]:
    """``why`` is for the reader: a key is looked up by its hash before anybody knows whose it is, say."""
    assert why
    with seeing(EVERY):
        yield


@contextmanager
def seeing(what: str) -> Iterator[None]:
    """What ``sight`` gave elsewhere, or one of those above."""
    before = _sight.set(what)
    try:
        yield
    finally:
        _sight.reset(before)
