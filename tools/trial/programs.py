"""Programs of a stage: started, killed, and started again by their keeper, as systemd would."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

RESTART_SECONDS = 1.0


@dataclass
class Program:
    """``before`` is what goes in front of the command, such as the network namespace to run it in."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    before: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    is_wanted: bool = True
    on_start: Callable[[], None] = field(default=lambda: None)

    def start(self) -> None:
        self.on_start()
        with self.log.open("ab") as log:
            command = [*self.before, *self.command]
            self.process = subprocess.Popen(command, env=dict(self.environment), stdout=log, stderr=log)
        self.starts += 1

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tree(self, word: str = "") -> list[psutil.Process]:
        """It and what it has started, or those of them whose command line has ``word``."""
        if self.process is None or not self.runs:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.process.pid)
            return [one for one in [own, *own.children(recursive=True)] if word in command_line(one)]
        return []

    def kill(self, word: str = "") -> int:
        """SIGKILL to all of it, or to those whose command line has ``word``; says how many there were."""
        dead = self.tree(word)
        for process in dead:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(dead, timeout=10)
        return len(dead)

    def end(self, seconds: float = 40) -> None:
        self.is_wanted = False
        if self.process is not None and self.runs:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()


def command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class Keeper:
    """Starts again what has died, a second later, while it is wanted."""

    def __init__(self) -> None:
        self.programs: list[Program] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, program: Program) -> Program:
        program.start()
        self.programs.append(program)
        return program

    def _keep(self) -> None:
        dead_since: dict[str, float] = {}
        while not self._over.wait(0.1):
            for program in list(self.programs):
                if program.runs or not program.is_wanted:
                    dead_since.pop(program.name, None)
                elif time.monotonic() - dead_since.setdefault(program.name, time.monotonic()) >= RESTART_SECONDS:
                    with contextlib.suppress(OSError):
                        program.start()
                    dead_since.pop(program.name, None)

    def end(self) -> None:
        """The last one that was added goes first."""
        self._over.set()
        self._thread.join(10)
        for program in reversed(self.programs):
            program.end()


def plain_environment(**settings: str) -> dict[str, str]:
    """This process's, without settings of the product."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUBRICA_", "DJANGO_"))}
    return {**kept, **settings}
