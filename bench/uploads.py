"""A raw PUT of 100 MB, hashed and fsynced, against nginx's DAV PUT, which does not hash; and memory for 1 GB."""

import contextlib
import http.client
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from bench import examples
from bench.figures import Figure
from bench.server import Target, rubrica, wait_until_ready
from tools.demo import free_port

MEGABYTE = 1_000_000
BLOCK = b"%PDF-1.7\n" + b"\0" * (MEGABYTE - 9)
ROUNDS = 5

NGINX = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; user root;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; client_max_body_size 0;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; location / {{ dav_methods PUT; create_full_put_path on; }} }}
}}
"""


def measure() -> list[Figure]:
    with rubrica_for_large_files() as ours, tempfile.TemporaryDirectory(dir=ours.data_dir.parent) as folder:
        address = link(ours)
        mine = max(put(ours.port, address, 100) for _ in range(ROUNDS))
        before = ours.process.memory_info().rss
        put(ours.port, address, 1000)
        growth = (ours.process.memory_info().rss - before) / MEGABYTE
        peer = _nginx(Path(folder))
    figures = [Figure("memory growth of the web process, 1 GB upload", growth, "MB", "< 16 MB")]
    if peer is not None:
        name = "upload, 100 MB raw PUT, hashed and fsynced"
        figures.insert(0, Figure(name, mine, "MB/s", "≥ 1 × nginx", peer, "nginx DAV PUT, not hashed"))
    return figures


@contextlib.contextmanager
def rubrica_for_large_files() -> Iterator[Target]:
    import os

    os.environ["RUBRICA_MAX_UPLOAD_BYTES"] = str(2000 * MEGABYTE)
    try:
        with rubrica() as target:
            yield target
    finally:
        del os.environ["RUBRICA_MAX_UPLOAD_BYTES"]


def link(target: Target) -> str:
    """The path of a slot to upload to, by a link that the benchmark makes as the console would."""
    package = examples.call(target, "POST", "/v1.5/ext/attachments", examples.body())["package"]
    with psycopg.connect(target.database_url, autocommit=True) as connection:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            rows = connection.execute("SELECT html FROM notify_outboxmessage").fetchall()
            for (html,) in rows:
                if token := re.search(r"/s/([\w-]+)", html):
                    return _slot(target, token[1])
            time.sleep(0.2)
    raise SystemExit(f"No invitation came for {package}.")


def _slot(target: Target, token: str) -> str:
    state = examples.call(target, "GET", f"/s/{token}/state")
    return f"/s/{token}/files/{state['files'][0]['id']}"


def put(port: int, path: str, megabytes: int) -> float:
    """Megabytes a second of one upload, from the first byte sent to the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Content-Length": str(megabytes * MEGABYTE), "Content-Disposition": "attachment; filename=large.pdf"}
    start = time.monotonic()
    connection.request("PUT", path, (BLOCK for _ in range(megabytes)), headers)
    answer = connection.getresponse()
    content = answer.read()
    seconds = time.monotonic() - start
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"The upload answered {answer.status}: {content[:300]!r}")
    return megabytes / seconds


def _nginx(folder: Path) -> float | None:
    """The same upload to nginx on the same disk; None where nginx is not installed."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        return None
    (folder / "files").mkdir()
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        wait_until_ready(port, "/")
        return max(put(port, f"/large{number}.pdf", 100) for number in range(ROUNDS))
    finally:
        process.terminate()
        process.wait()
