"""A real pgbouncer in front of a database, in transaction mode, with fewer connections than there are callers."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.server import eventually
from tools.demo import free_port

CONFIGURATION = """
[databases]
{name} = host={host} port={port} user={user} dbname={name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
server_lifetime = 5
"""


def program() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def pooling(url: str) -> Iterator[str]:
    """The address of the pooler for the database of ``url``, which is reached over a socket."""
    parts, listen = conninfo_to_dict(url), free_port()
    host, name, user = str(parts["host"]), str(parts["dbname"]), str(parts.get("user") or "postgres")
    port = str(parts.get("port") or 5432)
    with tempfile.TemporaryDirectory(prefix="rubrica-pooler-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(CONFIGURATION.format(host=host, port=port, name=name, user=user, listen=listen))
        # It refuses to run as root; whoever owns the socket's folder may enter it.
        owner = pwd.getpwuid(Path(host).stat().st_uid).pw_name
        as_owner = ["-u", owner] if os.geteuid() == 0 else []
        with (Path(folder) / "log").open("wb") as log:
            running = subprocess.Popen([str(program()), *as_owner, str(file)], stdout=log, stderr=log)
        address = f"postgresql://{user}@127.0.0.1:{listen}/{name}"
        try:
            eventually(lambda: _answers(address), "the pooler", 60)
            yield address
        finally:
            running.terminate()
            running.wait(30)


def _answers(address: str) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False
