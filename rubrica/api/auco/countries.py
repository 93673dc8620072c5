"""Which identity papers are known of which country (contract/auco.md §7)."""

from collections.abc import Iterator

from rubrica.processes.errors import Problem
from rubrica.templating.countries import IDENTIFICATIONS


def problems(path: tuple[str | int, ...], country: str, paper: str, field: str = "type") -> Iterator[Problem]:
    """``field`` is the name by which the kind of paper was sent."""
    known = IDENTIFICATIONS.get(country)
    if known is None:
        sentence = "The country must be one of %(known)s."
        yield Problem((*path, "country"), "unknown", sentence, {"known": ", ".join(IDENTIFICATIONS)})
    elif paper not in known:
        sentence = "The kind of identity paper must be one of %(known)s in this country."
        yield Problem((*path, field), "unknown", sentence, {"known": ", ".join(known)})
