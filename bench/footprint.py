"""How long a start takes, and what an idle installation holds in memory."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.server import BIN, wait_until_ready
from tools.demo import free_port

SETTLING = 20  # seconds of doing nothing before memory is read


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="rubrica-bench-") as folder:
        data_dir = Path(folder) / "data"
        empty, _ = start(data_dir)
        existing, memory = start(data_dir, settle=True)
    return [
        Figure("start on an empty data directory", empty, "s", "≤ 10 s"),
        Figure("start on an existing one", existing, "s", "≤ 3 s"),
        Figure("idle memory: web, jobs, supervisor and PostgreSQL", memory, "MB", "< 250 MB"),
    ]


def start(data_dir: Path, *, settle: bool = False) -> tuple[float, float]:
    """Seconds from the command to the first answer, and megabytes once all is quiet."""
    port = free_port()
    environment = {**os.environ, "RUBRICA_DATA_DIR": str(data_dir), "RUBRICA_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    server = subprocess.Popen(
        [str(BIN / "rubrica"), "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        seconds = wait_until_ready(port, "/healthz")
        if settle:
            time.sleep(SETTLING)
        return seconds, memory_of(server.pid, data_dir)
    finally:
        server.terminate()
        server.wait()


def memory_of(supervisor: int, data_dir: Path) -> float:
    """Megabytes, shared pages divided among those that share them (PSS), of every process of the installation."""
    ours = [psutil.Process(supervisor), *psutil.Process(supervisor).children(recursive=True)]
    postgres = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    ours += [psutil.Process(postgres), *psutil.Process(postgres).children(recursive=True)]
    return float(sum(process.memory_full_info().pss for process in ours)) / 1e6
