"""The results on paper: for a terminal, and as one object for programs."""

import json
import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from rubrica.doctor.findings import FAILURE, OK, WARNING, Result

COLOURS = {OK: "32", WARNING: "33", FAILURE: "31"}
STATUS_WIDTH, NAME_WIDTH = 9, 16
PLURALS = {OK: "ok", WARNING: "warnings", FAILURE: "failures"}
UNBROKEN = 10_000  # letters: a file or a program gets each text on one line


def exit_code(results: Iterable[Result]) -> int:
    return 1 if any(result.finding.status == FAILURE for result in results) else 0


def as_json(results: list[Result]) -> str:
    checks = [
        {"name": one.name, "status": one.finding.status, "sentence": one.finding.sentence, "do": one.finding.do}
        for one in results
    ]
    return json.dumps({"ok": exit_code(results) == 0, "checks": checks}, ensure_ascii=False, indent=2)


def write(results: Iterable[Result], out: TextIO = sys.stdout) -> list[Result]:
    """Line by line as they come in; gives them back."""
    seen = []
    for result in results:
        seen.append(result)
        print(paragraph(result, out.isatty()), file=out, flush=True)
    counted = Counter(result.finding.status for result in seen)
    print(f"\n{', '.join(f'{number} {_word(status, number)}' for status, number in _sorted(counted))}.", file=out)
    return seen


def paragraph(result: Result, on_terminal: bool) -> str:
    finding = result.finding
    width = shutil.get_terminal_size((100, 24)).columns if on_terminal else UNBROKEN
    indent = " " * (STATUS_WIDTH + NAME_WIDTH)
    lines = [f"{'':{STATUS_WIDTH}}{result.name:<{NAME_WIDTH}}{finding.sentence}"]
    lines += [f"{indent}→ {finding.do}"] if finding.do else []
    wrapped = [
        textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        for line in lines
    ]
    status = f"{finding.status:<{STATUS_WIDTH}}"
    return _coloured(status, finding.status, on_terminal) + "\n".join(wrapped)[STATUS_WIDTH:]


def _coloured(text: str, status: str, on_terminal: bool) -> str:
    if not on_terminal or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{COLOURS[status]}m{text}\033[0m"


def _sorted(counted: "Counter[str]") -> list[tuple[str, int]]:
    return [(status, counted[status]) for status in (OK, WARNING, FAILURE) if counted[status]]


def _word(status: str, number: int) -> str:
    return status if number == 1 else PLURALS[status]
