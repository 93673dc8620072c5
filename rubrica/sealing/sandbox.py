"""Run a function over a stranger's file in a child process with hard limits on time, memory and files.

The standard library's forkserver is not used: its children re-import the caller's ``__main__``, daemonic processes
may not start them, polling them from several threads loses exit codes, and what they answer is unpickled without
question. Here an answer is read by an unpickler that knows only the value classes of this package, so a child that
was taken over through a hole in a PDF engine cannot take over its parent.

The functions that run here import the engines inside themselves (the server has them loaded), so the caller's
process never loads pikepdf or pdfium.
"""

import atexit
import dataclasses
import io
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, TypeVarTuple, Unpack

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.forkserver import CHUNK, LATER, Limits, Request
from rubrica.sealing.values import Refusal, SandboxError, SandboxTimeout

START_SECONDS = 60.0  # a cold start imports the engines: 1 s when idle, many times that on a loaded machine
GRACE_SECONDS = 3.0
ATTEMPTS = 3
LARGEST_ANSWER = 256 << 20  # bytes
BYTES = {"": b"j"} | {name: byte for byte, name in LATER.items()}
# Large pieces of memory come as pages of 2 MB where the kernel may give them (`madvise`, Debian's default). A child is
# new, so it meets each page for the first time: a scan's 25 MB are 6,400 faults and 12 ms of its 54, and 12 faults so.
ALLOCATOR = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
CHILDREN_AT_ONCE = max(4, os.cpu_count() or 4)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class EngineFailed(SandboxError):
    """The function raised something that is not one of our refusals; ``detail`` has its type and text."""


class _NotStarted(Exception):
    """The server died before it forked our child, so the request can safely be made again."""


def run(
    function: Callable[[Unpack[Ts]], T],
    *args: *Ts,
    seconds: float = 20,
    megabytes: int = 1024,
    written_megabytes: int = 0,
    engine: str = "",
) -> T:
    """What ``function(*args)`` returns, computed in a confined child.

    ``function`` is module-level; arguments are pickled, the result is bytes, text, numbers, collections and
    dataclasses of this package. Re-raises ``Refusal``; raises ``EngineFailed`` for any other exception,
    ``SandboxTimeout`` after ``seconds`` of wall or CPU time and ``SandboxError`` when the child died otherwise. A disk
    that is full or broken says nothing about the file: ``OSError``, with its errno.
    ``engine``, of those in ``forkserver.LATER``, is kept loaded from now on.
    """
    limits = Limits(seconds, megabytes, written_megabytes)
    request = pickle.dumps(Request(function.__module__, function.__qualname__, args, limits))
    with _slots:
        kind, value = _answer(request, seconds, BYTES[engine])
    if kind == "refused" and isinstance(value, Refusal):
        raise value
    if kind == "disk" and isinstance(value, int):
        raise OSError(value, os.strerror(value))
    if kind != "done":
        raise EngineFailed("SANDBOX_FAILED", str(value))
    result: T = value
    return result


def warm() -> None:
    """Starts what ``run`` needs, if it has gone to rest, and waits for nothing: who calls expects to need it soon."""
    _server.warm()


class _Server:
    """The fork server of this process: started at the first need, and again whenever it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def connect(self, byte: bytes) -> tuple[socket.socket, socket.socket]:
        """A channel whose other end is on its way to a new child, and the control socket it went through."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            control = self._running()
            with suppress(OSError):  # then nobody greets on the channel, which is seen there
                socket.send_fds(control, [byte], [theirs.fileno()])
        return ours, control

    def warm(self) -> None:
        with self._lock, suppress(OSError):  # which is told to whoever needs it
            self._running()

    def discard(self, control: socket.socket) -> None:
        """Stop the server behind ``control``, unless another thread has replaced it already."""
        with self._lock:
            if self._control is control:
                self.stop()

    def forget(self) -> None:
        """After a fork the child must not share the parent's server: their answers would be nobody's."""
        self.__init__()  # type: ignore[misc]

    def _running(self) -> socket.socket:
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self.stop()
        self._control, theirs = socket.socketpair()
        with theirs:
            # Only this environment: the secret key and passwords of ours are none of a PDF parser's business.
            environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            environment |= ALLOCATOR
            command = [sys.executable, "-P", "-m", "rubrica.sealing.forkserver"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment)
        return self._control

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


_server = _Server()
_slots = threading.BoundedSemaphore(CHILDREN_AT_ONCE)
os.register_at_fork(after_in_child=_server.forget)
atexit.register(_server.stop)


def _answer(request: bytes, seconds: float, byte: bytes) -> tuple[str, Any]:
    """The child's answer; a server that went before it forked (killed, or idle for long) is replaced."""
    for _attempt in range(ATTEMPTS):
        channel, control = _server.connect(byte)
        with channel:
            try:
                pid = _greeting(channel)
            except _NotStarted:
                _server.discard(control)
                continue
            return _exchange(channel, pid, request, seconds)
    raise SandboxError("SANDBOX_CRASHED", _("The file could not be examined."))


def _exchange(channel: socket.socket, pid: int, request: bytes, seconds: float) -> tuple[str, Any]:
    started = time.monotonic()
    channel.settimeout(seconds + GRACE_SECONDS)
    answer = b""
    with suppress(TimeoutError, ConnectionError):
        with suppress(ConnectionError):
            channel.sendall(request)
            channel.shutdown(socket.SHUT_WR)
        answer = _read_answer(channel, started + seconds + GRACE_SECONDS)
    if answer:
        return _decoded(answer)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    if time.monotonic() - started >= seconds * 0.95:
        raise SandboxTimeout("SANDBOX_TIMEOUT", _("Examining the file took too long."))
    raise SandboxError("SANDBOX_CRASHED", _("The file could not be examined."))


def _read_answer(channel: socket.socket, deadline: float) -> bytes:
    """What the child sends until it closes; nothing when it drips past the deadline or floods."""
    received = bytearray()
    while part := channel.recv(CHUNK):
        received += part
        if time.monotonic() > deadline or len(received) > LARGEST_ANSWER:
            return b""
    return bytes(received)


def _greeting(channel: socket.socket) -> int:
    """The child's process id, sent before it has seen any byte of the request."""
    channel.settimeout(START_SECONDS)
    try:
        greeting = channel.recv(4, socket.MSG_WAITALL)
    except OSError as error:
        raise _NotStarted from error
    if len(greeting) != 4:
        raise _NotStarted
    pid: int = struct.unpack("=i", greeting)[0]
    return pid


class _ValueUnpickler(pickle.Unpickler):
    """Knows the dataclasses and refusals of this package and datetimes; everything else is an error."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in {"datetime", "timezone", "timedelta"}:
            return super().find_class(module, name)
        if module.startswith("rubrica.sealing.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, Refusal)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not a value")


def _decoded(answer: bytes) -> tuple[str, Any]:
    try:
        kind, value = _ValueUnpickler(io.BytesIO(answer)).load()
    except (
        Exception
    ) as error:  # a broken pickle may raise anything; all of it means that the child is not to be believed
        raise SandboxError("SANDBOX_CRASHED", _("The file could not be examined.")) from error
    return str(kind), value
