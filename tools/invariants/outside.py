"""What others have seen: the answers that clients were given, and what mailboxes and receivers of webhooks got.

Both are files of one JSON object a line. Each line was synced before whoever wrote it went on: before the client made
its next call, before the mail server said 250, before the receiver said 200.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]


@dataclass
class Outside:
    """``answers`` by their ``what``; mails and calls by their ids, as often as they came."""

    answers: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    mails: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    hears: bool = False  # there was a sink: what is not in it has not arrived

    @classmethod
    def read(cls, journal: Path | None, sink: Path | None) -> "Outside":
        found = cls(hears=sink is not None)
        for line in lines(journal):
            found.answers[line["what"]].append(line)
        for line in lines(sink):
            (found.mails if line["what"] == "mail" else found.calls)[line["id"]].append(line)
        return found

    def of(self, what: str) -> Iterable[Line]:
        return self.answers.get(what, ())


def lines(path: Path | None) -> Iterator[Line]:
    """A last line without its end was being written when the power went: nobody went on after it."""
    if path is None or not path.exists():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:
        yield json.loads(line)
