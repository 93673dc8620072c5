"""The servers of the tour: one as it is installed, and one in development for the pages that only that has."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.demo import answers, free_port, until
from tools.frontend import BIN, ROOT

OWNER, PASSWORD = "olga@acme.example", "a password for the tour"


@dataclass
class Served:
    """``made`` is what ``stage`` put there: addresses by name. ``development`` is the other server's address."""

    url: str
    development: str
    environment: dict[str, str]
    made: dict[str, Any]

    def stage(self, *arguments: str) -> dict[str, Any]:
        return staged(self.environment, *arguments)


@contextmanager
def served() -> Iterator[Served]:
    with running() as (url, environment), running(RUBRICA_DEBUG="1") as (development, _):
        yield Served(url, development, environment, staged(environment, "build"))


@contextmanager
def running(**settings: str) -> Iterator[tuple[str, dict[str, str]]]:
    """``rubrica serve`` with data of its own, which PostgreSQL's user may reach."""
    with tempfile.TemporaryDirectory(prefix="rubrica-tour-") as folder:
        Path(folder).chmod(0o755)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RUBRICA_")}
        own = {"RUBRICA_DATA_DIR": f"{folder}/data", "RUBRICA_PUBLIC_URL": url, "RUBRICA_LOG_LEVEL": "WARNING"}
        environment = {**kept, **own, **settings}
        set_up(environment)
        with (ROOT / "out" / f"tour-{port}.log").open("wb") as log:
            command: list[str | Path] = [BIN / "rubrica", "serve", "--port", str(port)]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            try:
                until(lambda: answers(url), "the server", 300)
                yield url, environment
            finally:
                process.terminate()
                process.wait()


def set_up(environment: dict[str, str]) -> None:
    (ROOT / "out").mkdir(exist_ok=True)
    command: list[str | Path] = [
        BIN / "rubrica",
        "setup",
        "--organization",
        "Acme",
        "--email",
        OWNER,
        "--password-stdin",
        "--json",
    ]
    subprocess.run(command, input=PASSWORD + "\n", env=environment, stdout=subprocess.DEVNULL, text=True, check=True)


def staged(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """What ``tools.tour.stage`` says, in a process that has the server's settings."""
    command = [sys.executable, "-m", "tools.tour.stage", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
