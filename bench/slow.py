"""1,000 heads and 1,000 bodies that come a few bytes at a time (``slowhttptest``), and what others notice of them."""

import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from typing import Any

from bench import uploads
from bench.figures import Figure
from bench.probing import Probe, during
from bench.server import Target, rubrica
from rubrica.web.front import sockets

EACH = int(os.environ.get("BENCH_SLOW", "1000"))
IDLE = 20  # seconds
ATTACK = 60  # seconds; each of them should be closed within 30
BY_TIME_ALONE = "100000"  # connections an address: here they have to go because they are slow


def measure() -> list[Figure]:
    if shutil.which("slowhttptest") is None:
        raise SystemExit("Install slowhttptest (Debian: apt-get install slowhttptest).")
    os.environ["RUBRICA_CONNECTIONS_PER_ADDRESS"] = BY_TIME_ALONE
    with rubrica() as target:
        asked = _asked(target)
        during(target.port, asked, 3)
        idle = during(target.port, asked, IDLE)
        before = target.process.memory_info().rss
        with Probe(target.port, asked) as probe:
            ages, most = _attack(target)
        grown = (target.process.memory_info().rss - before) / 1e6
    print("refused or lost:", probe.failures[:5], len(probe.failures))
    figures = [
        Figure(f"p99 of {_named(path)} under {EACH} slow heads and {EACH} slow bodies", probe.p99(path), "ms",
               "< 5 × idle", idle.p99(path), "idle")
        for path in asked
    ]  # fmt: skip
    return [
        *figures,
        Figure("others' calls that failed meanwhile", len(probe.failures), "", "0"),
        Figure("slow connections at once", most, "", "–"),
        Figure("slow connections that were seen to end", len(ages), "", "all"),
        Figure("the longest of them lasted", max(ages, default=0), "s", "≤ 30 s"),
        Figure("memory growth of the web process", grown, "MB", "–"),
    ]


def _asked(target: Target) -> dict[str, dict[str, str]]:
    link = uploads.link(target).rsplit("/files/", 1)[0]
    return {"/healthz": {}, f"{link}/state": {}, "/accounts/login/": {}}


def _named(path: str) -> str:
    return "a participant's state" if path.endswith("/state") else path


def _attack(target: Target) -> tuple[list[float], int]:
    """How long each slow connection lasted, and how many there were at once at the most."""
    url = f"http://127.0.0.1:{target.port}"
    common = ["slowhttptest", "-c", str(EACH), "-r", "500", "-i", "5", "-l", str(ATTACK), "-p", "5", "-v", "0"]
    with ExitStack() as stack:
        for more in (["-H", "-u", f"{url}/"], ["-B", "-s", "1000000", "-x", "20", "-u", f"{url}/verify"]):
            stack.enter_context(_running([*common, *more]))
        return _watched(target.port)


def _running(command: list[str]) -> Any:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _watched(port: int) -> tuple[list[float], int]:
    began, most, ages = dict[str, float](), 0, list[float]()
    end = time.monotonic() + ATTACK
    while time.monotonic() < end:
        now = time.monotonic()
        here = {one.inode for one in sockets.of_port(port) if one.address == "127.0.0.1"}
        most = max(most, len(here))
        for inode in here - began.keys():
            began[inode] = now
        ages += [now - began.pop(inode) for inode in began.keys() - here]
        time.sleep(0.5)
    return [age for age in ages if age > 1], most
