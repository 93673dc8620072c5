"""A pytest plugin, loaded before Django's settings: one throw-away data directory with a real PostgreSQL in it.

Migrations take longer than most test files, so that they are run once for each state of them: a cluster with a
migrated database lies beside pytest's own cache. Every run begins with a copy of it, every worker of the
run with a copy of its database.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from rubrica import postgres, versions

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".pytest_cache" / "rubrica"
TEMPLATE = "rubrica_template"  # settings.py: TEST


def _start() -> None:
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    folder = Path(tempfile.mkdtemp(prefix="rubrica-tests-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(["cp", "-a", _migrated(), folder / "postgres"], check=True)
    url = stack.enter_context(postgres.running(folder))
    # As the owner, who makes the database of the tests; the tests themselves are the application (``conftest``).
    os.environ["RUBRICA_DATABASE_URL"] = url
    os.environ["RUBRICA_DATA_DIR"] = str(folder / "data")
    os.environ["RUBRICA_TESTS"] = "1"


def _migrated() -> Path:
    """The cluster with all migrations, at rest; made anew when one of them has changed."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cluster = CACHE / _fingerprint()
        if not cluster.exists():
            for old in CACHE.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            _migrate(cluster)
        return cluster


def _migrate(cluster: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="rubrica-template-") as name:
        folder = Path(name)
        with postgres.running(folder, TEMPLATE) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                # Nothing here has to outlive a power cut; the tests that are about crashes start servers of their own.
                connection.execute("ALTER SYSTEM SET fsync = off")
                # Its transactions hold back the horizon of the feeds (``event_horizon``), whenever it comes.
                connection.execute("ALTER SYSTEM SET autovacuum = off")
                # A replica is copied while all other workers write.
                connection.execute("ALTER SYSTEM SET wal_keep_size = '1GB'")
            environment = {
                **os.environ,
                "RUBRICA_DATABASE_OWNER_URL": url,
                "RUBRICA_DATABASE_URL": postgres.application_url(url),
                "RUBRICA_DATA_DIR": str(folder / "data"),
            }
            command = [sys.executable, "-m", "rubrica", "manage", "migrate", "-v0"]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
        subprocess.run(["cp", "-a", folder / "postgres", cluster.with_suffix(".part")], check=True)
    cluster.with_suffix(".part").rename(cluster)


def _fingerprint() -> str:
    """Of all migrations, as they are written, and of the packages that bring some of their own."""
    found = hashlib.sha256(f"{versions.fingerprint()} {psycopg.__version__} {__file__}".encode())
    found.update(Path(__file__).read_bytes())
    for path in sorted((ROOT / "rubrica").glob("*/migrations/*")):
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()[:20]


# Workers of xdist inherit the address of the server that their controller has started.
if "RUBRICA_TESTS" not in os.environ:
    os.environ.pop("RUBRICA_SMTP_URL", None)
    _start()
