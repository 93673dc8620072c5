"""What a check says: how it stands, in one sentence, and what to do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

OK, WARNING, FAILURE = "ok", "warning", "failure"
WORST = (FAILURE, WARNING, OK)


@dataclass(frozen=True)
class Finding:
    status: str
    sentence: str
    do: str = ""


@dataclass(frozen=True)
class Check:
    """``seconds`` after which nobody waits for ``look`` any more."""

    name: str
    look: Callable[[], Finding]
    needs_database: bool = False
    seconds: float = 15


@dataclass(frozen=True)
class Result:
    name: str
    finding: Finding


def ok(sentence: str, do: str = "") -> Finding:
    return Finding(OK, sentence, do)


def warning(sentence: str, do: str) -> Finding:
    return Finding(WARNING, sentence, do)


def failure(sentence: str, do: str) -> Finding:
    return Finding(FAILURE, sentence, do)


def together(found: list[Finding]) -> Finding:
    """One finding of several: the worst status, and what those say that share it."""
    status = min((finding.status for finding in found), key=WORST.index)
    worst = [finding for finding in found if finding.status == status]
    return Finding(status, _joined(one.sentence for one in worst), _joined(one.do for one in worst))


def _joined(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, texts)))
