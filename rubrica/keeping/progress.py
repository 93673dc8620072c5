"""How far it is, on a terminal only: a log or a pipe gets no bars."""

import shutil
import sys
import time

BAR = 30  # letters
EVERY = 0.2  # seconds


class Progress:
    def __init__(self, what: str, total: int, unit: str = "bytes") -> None:
        self._what, self._total, self._unit, self._done = what, total, unit, 0
        self._shown, self._begun = 0.0, time.monotonic()
        self._on = sys.stderr.isatty()

    def add(self, amount: int) -> None:
        self._done += amount
        now = time.monotonic()
        if self._on and now - self._shown >= EVERY:
            self._shown = now
            self._draw()

    def end(self) -> None:
        if self._on:
            self._draw()
            print(file=sys.stderr)

    def _draw(self) -> None:
        share = min(1.0, self._done / self._total) if self._total else 1.0
        bar = "█" * round(share * BAR)
        done, total = _size(self._done, self._unit), _size(self._total, self._unit)
        line = f"{self._what} {bar:░<{BAR}} {share:4.0%}  {done} of {total}"
        width = shutil.get_terminal_size((100, 24)).columns
        print(f"\r{line[: width - 1]:<{width - 1}}", end="", file=sys.stderr, flush=True)


def _size(number: int, unit: str) -> str:
    if unit != "bytes":
        return f"{number} {unit}"
    if number >= 1 << 30:
        return f"{number / (1 << 30):.1f} GiB"
    return f"{number / (1 << 20):.1f} MiB"
