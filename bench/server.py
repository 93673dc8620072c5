"""Servers to measure: Rubrica's own, and bare callables under the same Granian; both by the CPU that they use."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tools.demo import free_port

BIN = Path(sys.executable).parent
OWNER = "owner@bench.example"


@dataclass
class Target:
    """A running server; ``process`` is the one that answers requests."""

    port: int
    process: psutil.Process
    secrets: dict[str, str]
    data_dir: Path
    database_url: str

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def cpu(self) -> float:
        """Seconds of CPU, user and system, that the answering process has used so far."""
        return _used(self.process)

    def cpu_with_database(self) -> float:
        """The same with PostgreSQL, those of its backends that have gone included: there a statement that reads too
        much shows, and so does what the jobs do meanwhile."""
        database = psutil.Process(int((self.data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))
        while True:  # until none has gone while they were counted
            gone = _used_by_the_gone(database)
            with contextlib.suppress(psutil.NoSuchProcess):
                running = sum(map(_used, database.children()))
                if _used_by_the_gone(database) == gone:
                    return self.cpu() + running + gone


@contextlib.contextmanager
def rubrica() -> Iterator[Target]:
    """``rubrica serve`` with data of its own, and an organization to act for."""
    with tempfile.TemporaryDirectory(prefix="rubrica-bench-") as folder:
        data_dir, port = Path(folder) / "data", free_port()
        environment = {
            **os.environ,
            "RUBRICA_DATA_DIR": str(data_dir),
            "RUBRICA_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        environment["RUBRICA_LOG_LEVEL"] = "ERROR"
        # Calls are counted as always; one client on one machine asks for more than any should.
        for kind in ("KEY", "LINK", "ADDRESS"):
            environment[f"RUBRICA_RATE_{kind}"] = "100000000"
        secrets = set_up(environment)
        command = [str(BIN / "rubrica"), "serve", "--port", str(port)]
        supervisor = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_until_ready(port)
            url = f"postgresql://postgres@/rubrica?host={data_dir / 'postgres'}"
            yield Target(port, _web_worker(supervisor.pid), secrets, data_dir, url)
        finally:
            supervisor.terminate()
            supervisor.wait()


def _used(process: psutil.Process) -> float:
    """By the clock that clock_getcpuclockid(3) gives for a process: /proc counts in steps of 10 ms."""
    try:
        return time.clock_gettime(~process.pid << 3 | 2)
    except OSError as error:
        raise psutil.NoSuchProcess(process.pid) from error


def _used_by_the_gone(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.children_user + times.children_system)


def set_up(environment: dict[str, str]) -> dict[str, str]:
    command = [str(BIN / "rubrica"), "setup", "--organization", "Bench", "--email", OWNER, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    secrets: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return secrets


def _web_worker(supervisor: int) -> psutil.Process:
    """The process that Granian has spawned to run the application."""
    web = next(p for p in psutil.Process(supervisor).children() if "rubrica.web.server" in " ".join(p.cmdline()))
    return _largest_child(web)


def _largest_child(server: psutil.Process) -> psutil.Process:
    return max(server.children(), key=lambda child: child.memory_info().rss)


@contextlib.contextmanager
def floor(application: str, beside: Target) -> Iterator[Target]:
    """A bare WSGI callable of bench/floors.py under Granian, on the same database."""
    port = free_port()
    environment = {**os.environ, "BENCH_DATABASE_URL": beside.database_url}
    command = [sys.executable, "-m", "granian", f"bench.floors:{application}", "--interface", "wsgi"]
    command += ["--port", str(port), "--log-level", "error", "--blocking-threads", "8"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(port, "/")
        yield Target(
            port, _largest_child(psutil.Process(process.pid)), beside.secrets, beside.data_dir, beside.database_url
        )
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(port: int, path: str = "/readyz", seconds: float = 60) -> float:
    """Seconds until the server answered for the first time."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            if connection.getresponse().status < 500:
                return time.monotonic() - start
        time.sleep(0.02)
    raise SystemExit(f"No answer on port {port} within {seconds} seconds.")
