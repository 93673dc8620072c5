"""Web server and job worker as two children of one process, started again when they die, drained on SIGTERM."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

SUPERVISED = "RUBRICA_SUPERVISOR_PID"
DRAIN_SECONDS = 30
LONGEST_PAUSE = 10.0  # seconds between restarts of a child that keeps dying


@dataclass
class Child:
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    start_at: float = 0.0
    started: float = field(default=0.0)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, env={**os.environ, SUPERVISED: str(os.getpid())})
        self.started = time.monotonic()

    def check(self) -> None:
        """Starts the child again after a pause that grows while it dies quickly."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self.deaths = 0 if now - self.started > 60 else self.deaths + 1
            pause = min(LONGEST_PAUSE, 0.2 * 2**self.deaths)
            name, code = " ".join(self.command[1:]), self.process.returncode
            print(f"{name} ended with {code}; starting it again in {pause:.1f} s", file=sys.stderr, flush=True)
            self.start_at, self.process = now + pause, None
        if self.process is None and now >= self.start_at:
            self.start()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(commands: Sequence[Sequence[str]]) -> None:
    """Runs the commands until SIGTERM or SIGINT, then lets each finish what it is doing."""
    with tempfile.TemporaryDirectory(prefix="rubrica-figures-") as figures:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures  # as in ``rubrica.figures``, which nothing here needs
        _supervise(commands)


def _supervise(commands: Sequence[Sequence[str]]) -> None:
    children = [Child(command) for command in commands]
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        for child in children:
            child.check()
        time.sleep(0.1)
    deadline = time.monotonic() + DRAIN_SECONDS
    for child in children:
        child.stop()
    for child in children:
        child.wait(deadline)


def web_command(host: str, port: int, workers: int) -> list[str]:
    return [sys.executable, "-m", "rubrica.web.server", host, str(port), str(workers)]


def work_command() -> list[str]:
    return [sys.executable, "-m", "rubrica", "work"]


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """A child whose supervisor was killed must not linger: the kernel sends it the signal (Linux only)."""
    if sys.platform != "linux" or SUPERVISED not in os.environ:
        return
    import ctypes

    ctypes.CDLL(None).prctl(1, number)  # 1 is PR_SET_PDEATHSIG


def end_if_orphaned() -> None:
    """For direct children: the supervisor may have died between starting this process and the call above."""
    if SUPERVISED in os.environ and os.getppid() != int(os.environ[SUPERVISED]):
        sys.exit(0)
