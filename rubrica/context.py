"""What the log says of where a line comes from: the request or the job at hand, and the organization it is for."""

from contextvars import ContextVar

_facts: ContextVar[dict[str, str]] = ContextVar("facts")


def begin(**facts: str) -> None:
    """A new request or job: what was known of the one before it on this thread is forgotten."""
    _facts.set(facts)


def note(**facts: str) -> None:
    """Adds to what is known of the request or job at hand."""
    _facts.set(facts_now() | facts)


def facts_now() -> dict[str, str]:
    """Such as ``{"request": "4f2a…", "organization": "7"}``; empty outside of both."""
    return _facts.get({})
