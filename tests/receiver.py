"""A receiver of webhooks, as people run one: a real HTTP server that notes what came and answers as it is told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, body: bytes = b"", **headers: str) -> Answering:
    """Answers at once."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hang(seconds: float) -> Answering:
    """Takes the call and says nothing."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer


def drip(chunk: bytes, pause: float, times: int) -> Answering:
    """Answers with 200 and then lets the body drop by drop, each in time for any deadline of a single read."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(times):
            handler.wfile.write(chunk)
            handler.wfile.flush()
            time.sleep(pause)
        handler.close_connection = True

    return answer


@dataclass
class Receiver:
    """``script`` answers the first calls in turn, ``usual`` all others; ``calls`` is what came."""

    port: int = 0
    host: str = "127.0.0.1"
    usual: Answering = field(default_factory=lambda: status(200, b"ok"))
    script: list[Answering] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/hook"

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.lock:
            self.calls.append(Call(time.monotonic(), handler.command, handler.path, headers, body))
            answer = self.script.pop(0) if self.script else self.usual
        try:
            answer(handler)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True  # the caller had enough


@contextmanager
def receiving(host: str = "127.0.0.1") -> Iterator[Receiver]:
    receiver = Receiver(host=host)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)

        do_GET = do_POST

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
