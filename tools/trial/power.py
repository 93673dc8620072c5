"""Power cuts: database and files lie on a disk that keeps only what was synced, and that goes with every process.
Afterwards the same disk refuses each n-th write, as one that is full or broken does.
"""

import errno
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tools import system
from tools.frontend import ROOT
from tools.trial.stage import Stage, fresh, on_one_machine, ready, verdict

EVERY = (2, 3, 5, 10, 20, 50, 100, 200)  # of so many writes one is refused
REFUSALS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
TROUBLE_SECONDS = 3.0


class Drive:
    """The disk as a process, and where it is mounted."""

    def __init__(self, mountpoint: Path, log: Path) -> None:
        mountpoint.mkdir(parents=True, exist_ok=True)
        self.mountpoint, self.log = mountpoint, log
        memory = Path("/dev/shm")  # noqa: S108 - what survives a cut survives in memory, which is quick
        self.backing = Path(tempfile.mkdtemp(prefix="rubrica-disk-", dir=memory if memory.is_dir() else None))
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        command = [sys.executable, "-m", "tools.trial.disk", str(self.backing), str(self.mountpoint)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        for _ in range(600):
            if self.mountpoint.is_mount():
                return
            time.sleep(0.05)
        raise SystemExit(f"The disk cannot be mounted: see {self.log}")

    def cut(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        subprocess.run(["umount", "-l", str(self.mountpoint)], check=False, capture_output=True)

    def refuse(self, number: int, every: int) -> None:
        (self.backing / "trouble").write_text(json.dumps({"errno": number, "every": every}))

    def obey(self) -> None:
        (self.backing / "trouble").unlink(missing_ok=True)

    def end(self) -> None:
        self.cut()
        shutil.rmtree(self.backing, ignore_errors=True)


def run(cuts: int = 40, at_once: int = 4, minutes: float = 60) -> int:
    if not shutil.which("umount") or not Path("/dev/fuse").exists():
        raise SystemExit("Power cuts need /dev/fuse.")
    system.install("libfuse3-3")
    stage = Stage(fresh("power"))
    drive = Drive(stage.folder / "disk", stage.log("disk"))
    try:
        drive.begin()
        on_one_machine(stage, drive.mountpoint)
        with stage.loaded(at_once) as load:
            cutting = Cutting(stage, drive, time.monotonic() + minutes * 60)
            cutting.cut_often(cuts)
            cutting.refuse_all()
        found = stage.judge()
        return verdict(found) or bool(load.world.tally.given_up)
    finally:
        stage.keeper.end()
        drive.end()


class Cutting:
    """``until`` is when it ends though not everything was done."""

    def __init__(self, stage: Stage, drive: Drive, until: float) -> None:
        assert stage.database is not None
        self.stage, self.drive, self.until, self.database = stage, drive, until, stage.database

    def cut_often(self, cuts: int) -> None:
        seconds: list[float] = []
        while len(seconds) < cuts and time.monotonic() < self.until:
            time.sleep(random.uniform(1.0, 5.0))  # noqa: S311 - any moment is as good as another
            begun = time.monotonic()
            self._cut()
            self.database.wait()
            ready(self.stage.url)
            seconds.append(time.monotonic() - begun)
        half, most = statistics.median(seconds), max(seconds)
        print(
            f"{len(seconds)} power cuts; ready again after {half:.1f} s at the median, {most:.1f} s at most", flush=True
        )

    def _cut(self) -> None:
        """Everything at the same moment, as near as it can be; then the power is back."""
        programs = self.stage.keeper.programs
        for program in programs:
            program.is_wanted = False
        self.drive.process.kill() if self.drive.process else None
        for program in programs:
            program.kill()
        self.drive.cut()
        self.drive.begin()
        for program in programs:
            program.is_wanted = True

    def refuse_all(self) -> None:
        told = []
        for name, number in REFUSALS.items():
            for every in EVERY:
                if time.monotonic() > self.until:
                    break
                told.append(f"{name} at each {every}.: {self._timed(number, every):.1f} s")
        print("refused writes; ready again after: " + "; ".join(told), flush=True)

    def _timed(self, number: int, every: int) -> float:
        self.drive.refuse(number, every)
        time.sleep(TROUBLE_SECONDS)
        self.drive.obey()
        begun = time.monotonic()
        again: list[Callable[[], float]] = [self.database.wait, lambda: ready(self.stage.url)]
        for one in again:
            one()
        return time.monotonic() - begun
