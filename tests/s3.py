"""A real server that speaks S3, a process of its own, and a wire to it that can be cut, silenced or made to fail."""

import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tools.demo import free_port

KEY, SECRET = "AKIATESTS", "a secret of the tests"
LOGIN = "AKIATESTS:a%20secret%20of%20the%20tests"
UNWELL = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def serving(certificate: Path | None = None, key: Path | None = None) -> Iterator[str]:
    """The address of a server with nothing in it; with TLS where a certificate is given."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    if certificate is not None:
        command += ["-c", str(certificate), "-k", str(key)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield f"{'http' if certificate is None else 'https'}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the S3 server has ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.05)
    raise AssertionError("the S3 server did not start")


def client(endpoint: str, verify: str | None = None) -> Any:
    style = Config(s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEY,
                        aws_secret_access_key=SECRET, verify=verify, config=style)  # fmt: skip


def make_bucket(endpoint: str, name: str, verify: str | None = None) -> None:
    client(endpoint, verify).create_bucket(Bucket=name)


def url(endpoint: str, bucket: str, prefix: str = "", **options: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in options.items())
    return f"s3://{LOGIN}@{bucket}/{prefix}?endpoint={endpoint}&region=us-east-1&style=path{more}"


class Wire(socketserver.ThreadingTCPServer):
    """Between a client and the server. ``cut_after`` bytes of an answer it breaks off, ``cuts`` times; ``fails`` times
    it answers 500 itself; while it is ``silent`` it takes connections and says nothing."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Ends)
        self.target = int(endpoint.rpartition(":")[2])
        self.cut_after, self.cuts, self.fails, self.silent, self.connections = 0, 0, 0, False, 0
        self.hung = threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def wire(endpoint: str) -> Iterator[Wire]:
    with Wire(endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.hung.set()
            server.shutdown()


class _Ends(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        self.server.connections += 1
        if self.server.silent:
            self.server.hung.wait(120)
        elif self.server.fails:
            self.server.fails -= 1
            self.request.recv(65536)
            self.request.sendall(UNWELL)
        else:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.target)) as behind:
                threading.Thread(target=_pump, args=(self.request, behind), daemon=True).start()
                self._answer(behind)

    def _answer(self, behind: socket.socket) -> None:
        sent = 0
        while chunk := behind.recv(65536):
            if self.server.cuts and sent + len(chunk) > self.server.cut_after:
                self.server.cuts -= 1
                self.request.sendall(chunk[: max(0, self.server.cut_after - sent)])
                self.request.shutdown(socket.SHUT_RDWR)
                return
            self.request.sendall(chunk)
            sent += len(chunk)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
