"""SIGKILL, over and over, to the web server, the worker, a connection of the database and the database itself."""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable

import psycopg

from tools.trial.stage import Stage, fresh, on_one_machine, ready, verdict

KINDS = ("web", "worker", "backend", "database")
WORKERS = "SELECT max(id) FROM procrastinate_workers"


def run(kills: int = 200, at_once: int = 4, minutes: float = 60) -> int:
    stage = Stage(fresh("kills"))
    on_one_machine(stage, stage.folder)
    try:
        with stage.loaded(at_once) as load:
            killing = Killing(stage)
            until = time.monotonic() + minutes * 60
            while killing.done < kills and time.monotonic() < until:
                time.sleep(random.uniform(0.2, 2.0))  # noqa: S311 - any moment is as good as another
                killing.once(KINDS[killing.done % len(KINDS)])
            print(killing.in_words(), flush=True)
        found = stage.judge()
        return verdict(found) or bool(load.world.tally.given_up)
    finally:
        stage.keeper.end()


class Killing:
    """``seconds`` until the part that was killed, and all that needs it, worked again."""

    def __init__(self, stage: Stage) -> None:
        assert stage.database is not None
        self.stage, self.database = stage, stage.database
        self.web, self.worker = stage.keeper.programs[1:3]
        self.done = 0
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def once(self, kind: str) -> None:
        before = self._newest_worker() if kind == "worker" else 0
        begun = time.monotonic()
        ways: dict[str, Callable[[], int]] = {
            # By turns the child that answers, its parent, and the supervisor with everything.
            "web": lambda: self.web.kill(("multiprocessing", "rubrica.web.server", "")[self.done // 4 % 3]),
            "worker": self.worker.kill,
            "backend": self._kill_backend,
            "database": lambda: self.database.program.kill(str(self.database.folder)),
        }
        if not ways[kind]() and kind == "web":
            self.web.kill()  # it had no such child just then
        if kind == "worker":
            while self._newest_worker() <= before and time.monotonic() - begun < 120:
                time.sleep(0.1)
        else:
            self.database.wait()
            ready(self.stage.url)
        self.seconds[kind].append(time.monotonic() - begun)
        self.done += 1
        if self.done % 20 == 0:
            print(f"{self.done} kills so far", flush=True)

    def _kill_backend(self) -> int:
        """One process of the server; the server then ends all the others, and recovers from its log."""
        backends = [one for one in self.database.program.tree("postgres: ") if "rubrica" in " ".join(one.cmdline())]
        if not backends:
            return self.database.program.kill()
        random.choice(backends).kill()  # noqa: S311
        return 1

    def _newest_worker(self) -> int:
        try:
            with psycopg.connect(self.database.url, connect_timeout=5) as connection:
                row = connection.execute(WORKERS).fetchone()
        except psycopg.Error:
            return 0
        return int(row[0] or 0) if row else 0

    def in_words(self) -> str:
        lines = [f"{self.done} kills; seconds until it worked again:"]
        for kind, seconds in self.seconds.items():
            half, most = statistics.median(seconds), max(seconds)
            lines.append(f"  {kind:<9} {len(seconds):3} kills, {half:5.1f} at the median, {most:5.1f} at most")
        return "\n".join(lines)
