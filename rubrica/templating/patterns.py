"""Regular expressions of template authors, run where one that takes for ever takes nobody's time but its own.

They are written for JavaScript. What both languages know means the same; where Python does not know a form, the
template is refused when it is made.
"""

import re
import resource
from collections.abc import Mapping

from rubrica.sealing import sandbox
from rubrica.sealing.values import SandboxError

SECONDS = 1  # of the processor, for all patterns of one form together
WAIT = 20.0  # seconds by the clock, as the machine may be busy with others
MEGABYTES = 512
PATIENCE = 3  # patterns that may use up their time before the others are given up
NAMED_GROUP = re.compile(r"\(\?<(?![=!])")


def unusable(written: Mapping[int, str]) -> list[int]:
    """The keys of the patterns that cannot be compiled; all of them where together they take too long."""
    if not written:
        return []
    try:
        return sandbox.run(unusable_here, dict(written), seconds=WAIT, megabytes=MEGABYTES)
    except SandboxError:
        return list(written)


def unmatched(pairs: Mapping[str, tuple[str, str]]) -> set[str]:
    """The names whose (pattern, value) do not match; one that takes too long does not match either."""
    if not pairs:
        return set()
    try:
        return set(sandbox.run(unmatched_here, dict(pairs), seconds=WAIT, megabytes=MEGABYTES))
    except SandboxError:
        return _one_by_one(pairs)


def _one_by_one(pairs: Mapping[str, tuple[str, str]]) -> set[str]:
    """So that a slow pattern fails its own question and no other; after a few of them the rest fails unread."""
    found: set[str] = set()
    slow = 0
    for name, pair in pairs.items():
        try:
            found |= {name} if slow >= PATIENCE else set(sandbox.run(unmatched_here, {name: pair}, seconds=WAIT))
        except SandboxError:
            found.add(name)
            slow += 1
    return found


def unusable_here(written: dict[int, str]) -> list[int]:
    _hurry()
    return [key for key, pattern in written.items() if not _compiles(pattern)]


def _compiles(pattern: str) -> bool:
    try:
        _compiled(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def unmatched_here(pairs: dict[str, tuple[str, str]]) -> list[str]:
    _hurry()
    return [name for name, (pattern, value) in pairs.items() if not _compiled(pattern).search(value)]


def _hurry() -> None:
    """The kernel ends this child when it has used up its share of the processor."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(NAMED_GROUP.sub("(?P<", pattern), re.ASCII)
