"""A pytest plugin, loaded before Django's settings: one throw-away data directory with a real PostgreSQL in it."""

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import psycopg

from rubrica import postgres


def _start() -> None:
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    folder = Path(tempfile.mkdtemp(prefix="rubrica-tests-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    url = stack.enter_context(postgres.running(folder))
    with psycopg.connect(url, autocommit=True) as connection:
        # Nothing here has to outlive a power cut; the tests that are about crashes start servers of their own.
        connection.execute("ALTER SYSTEM SET fsync = off")
        # Its transactions hold back the horizon of the feeds (``event_horizon``), whenever it comes.
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
    os.environ["RUBRICA_DATABASE_URL"] = url
    os.environ["RUBRICA_DATA_DIR"] = str(folder / "data")
    os.environ["RUBRICA_TESTS"] = "1"


# Workers of xdist inherit the address of the server that their controller has started.
if "RUBRICA_TESTS" not in os.environ:
    os.environ.pop("RUBRICA_SMTP_URL", None)
    _start()
