"""Run a function over a stranger's file in a child process with hard limits on time, memory and files.

The standard library's forkserver is not used: its children re-import the caller's ``__main__``, daemonic processes
may not start them, polling them from several threads loses exit codes, and what they answer is unpickled without
question. Here an answer is read by an unpickler that knows only the value classes of this package, so a child that
was taken over through a hole in a PDF engine cannot take over its parent.

The functions that run here import the engines inside themselves (the server has them loaded), so the caller's
process never loads pikepdf or pdfium.
"""

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

from rubrica.sealing.forkserver import Limits, Request, read_all
from rubrica.sealing.values import Refusal, SandboxError, SandboxTimeout

START_SECONDS = 60.0  # a cold start imports the engines: 1 s when idle, many times that on a loaded machine
GRACE_SECONDS = 3.0
CHILDREN_AT_ONCE = max(2, os.cpu_count() or 2)

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
) -> T:
    """What ``function(*args)`` returns, computed in a confined child.

    ``function`` is module-level; arguments are pickled, the result is bytes, text, numbers, collections and
    dataclasses of this package. Re-raises ``Refusal``; raises ``EngineFailed`` for any other exception,
    ``SandboxTimeout`` after ``seconds`` of wall or CPU time and ``SandboxError`` when the child died otherwise.
    """
    limits = Limits(seconds, megabytes, written_megabytes)
    request = pickle.dumps(Request(function.__module__, function.__qualname__, args, limits))
    with _slots:
        try:
            kind, value = _exchange(request, seconds)
        except _NotStarted:
            kind, value = _retry(request, seconds)
    if kind == "refused" and isinstance(value, Refusal):
        raise value
    if kind != "done":
        raise EngineFailed("SANDBOX_FAILED", str(value))
    result: T = value
    return result


class _Server:
    """The fork server of this process: started at the first need, and again whenever it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def connect(self) -> socket.socket:
        """A channel whose other end is on its way to a new child."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            control = self._running()
            try:
                socket.send_fds(control, [b"j"], [theirs.fileno()])
            except OSError as error:
                self._stop()
                ours.close()
                raise _NotStarted from error
        return ours

    def forget(self) -> None:
        """After a fork the child must not share the parent's server: their answers would be nobody's."""
        self.__init__()  # type: ignore[misc]

    def _running(self) -> socket.socket:
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self._stop()
        self._control, theirs = socket.socketpair()
        with theirs:
            # Only this environment: the secret key and passwords of ours are none of a PDF parser's business.
            environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            command = [sys.executable, "-P", "-m", "rubrica.sealing.forkserver"]
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment)  # noqa: S603
        return self._control

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._control = self._process = None


_server = _Server()
_slots = threading.BoundedSemaphore(CHILDREN_AT_ONCE)
os.register_at_fork(after_in_child=_server.forget)


def _retry(request: bytes, seconds: float) -> tuple[str, Any]:
    try:
        return _exchange(request, seconds)
    except _NotStarted as error:
        raise SandboxError("SANDBOX_CRASHED", _("The file could not be examined.")) from error


def _exchange(request: bytes, seconds: float) -> tuple[str, Any]:
    with _server.connect() as channel:
        channel.settimeout(START_SECONDS)
        pid = _greeting(channel)
        started = time.monotonic()
        channel.settimeout(seconds + GRACE_SECONDS)
        try:
            with suppress(ConnectionError):
                channel.sendall(request)
                channel.shutdown(socket.SHUT_WR)
            answer = read_all(channel)
        except TimeoutError:
            answer = b""
        except ConnectionError:
            answer = b""
        if answer:
            return _decoded(answer)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if time.monotonic() - started >= seconds * 0.95:
            raise SandboxTimeout("SANDBOX_TIMEOUT", _("Examining the file took too long."))
        raise SandboxError("SANDBOX_CRASHED", _("The file could not be examined."))


def _greeting(channel: socket.socket) -> int:
    """The child's process id, sent before it has seen any byte of the request."""
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
