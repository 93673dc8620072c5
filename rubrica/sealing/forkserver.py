"""The process that forks one confined child for every piece of work on a stranger's file.

Started by ``sandbox`` as ``python -m rubrica.sealing.forkserver`` with one end of a socket pair as its standard
input. It loads the PDF engines once, runs one thread, and forks: 4–8 ms where a fresh interpreter takes 110–250.
Each message on the control socket is one byte with a descriptor; that socket brings the request and takes the answer.
"""

import contextlib
import gc
import importlib
import math
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Any, NoReturn

from rubrica import disk
from rubrica.sealing.values import Refusal

IDLE_SECONDS = 300  # then the server goes, with its 90 MB; the next request starts another
OPEN_FILES = 64
CHUNK = 1 << 20
# With what they themselves would load at the first need: in a child every need is the first.
PRELOAD = (
    "pikepdf",
    "lxml.etree",
    "pypdfium2",
    "PIL.ImageDraw",
    "PIL.ImageOps",
    "cryptography.hazmat.backends.openssl.backend",
    "pyhanko.pdf_utils.filters",
    "pyhanko.pdf_utils.metadata.xmp_xml",
    "pyhanko.sign.signers.cms_embedder",
    "pyhanko.sign.validation",
    "pyhanko.sign.diff_analysis",
    "encodings.ascii",
    "encodings.cp1252",
    "encodings.utf_16_be",
    "encodings.utf_16_le",
    "rubrica.sealing.intake.inspect",
    "rubrica.sealing.intake.prepare",
    "rubrica.sealing.intake.render",
    "rubrica.sealing.intake.tiles",
    "rubrica.sealing.intake.images",
    "rubrica.sealing.signers.eachwork",
    "rubrica.sealing.writing.appending",
    "rubrica.sealing.writing.assembly",
    "rubrica.sealing.writing.selfcheck",
    "rubrica.sealing.verification.verify",
    "rubrica.sealing.levels.revision",
    "rubrica.sealing.levels.check",
)
# By the byte that asks for it: loaded when it is first needed, for every child from then on. Not every installation
# has them, and they take 35 and 100 MB; but to load one takes twenty times as long as a document, or as to see a face.
LATER = {b"w": "weasyprint", b"f": "rubrica.faces.models"}


@dataclass(frozen=True)
class Limits:
    """What one child may use: wall and CPU seconds, address space and written file in megabytes."""

    seconds: float
    megabytes: int
    written_megabytes: int


@dataclass(frozen=True)
class Request:
    """A module-level function of this package, by name, with its arguments and limits."""

    module: str
    function: str
    arguments: tuple[Any, ...]
    limits: Limits


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our end is the parent's end
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps: no zombie whatever happens here
    _preload()
    with socket.socket(fileno=0) as control:
        control.settimeout(IDLE_SECONDS)
        with contextlib.suppress(TimeoutError, ConnectionError):
            _serve(control)


def _preload() -> None:
    for name in PRELOAD:
        importlib.import_module(name)
    from PIL import Image

    Image.preinit()  # the formats that it would look for at the first picture, which takes ten times as long as one
    _settle()


def _serve(control: socket.socket) -> None:
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if message in LATER:
            _load(LATER[message])
        for descriptor in descriptors:
            if os.fork() == 0:
                control.close()
                _child(descriptor)
            os.close(descriptor)


def _load(name: str) -> None:
    from PIL import ImageFile

    if name not in sys.modules:
        with contextlib.suppress(ImportError, OSError):  # the child will say what is missing
            importlib.import_module(name)
            # WeasyPrint makes Pillow take pictures that were cut, for whatever runs in the same process.
            ImageFile.LOAD_TRUNCATED_IMAGES = False
            _settle()


def _settle() -> None:
    """What is loaded is there to stay: a child that looked for garbage in it would copy all of it."""
    gc.collect()
    gc.freeze()


def _child(descriptor: int) -> NoReturn:
    """Answer one request and leave; whatever happens, the server's own loop is never returned to."""
    try:
        with socket.socket(fileno=descriptor) as channel:
            channel.settimeout(None)
            channel.sendall(struct.pack("=i", os.getpid()))
            request: Request = pickle.loads(_read_all(channel))  # noqa: S301 - the parent wrote it
            _confine(request.limits)
            channel.sendall(pickle.dumps(_answer(request)))
    finally:
        os._exit(0)


def _read_all(channel: socket.socket) -> bytes:
    """The request: everything the parent sends until it closes its half."""
    received = bytearray()
    while part := channel.recv(CHUNK):
        received += part
    return bytes(received)


def _answer(request: Request) -> tuple[str, Any]:
    try:
        function = getattr(importlib.import_module(request.module), request.function)
        return "done", function(*request.arguments)
    except Refusal as refusal:
        return "refused", refusal
    except MemoryError:
        return "failed", "MemoryError"
    except Exception as error:  # the parent decides what an engine's failure means; here it is only reported
        if disk.is_failing(error):
            return "disk", error.errno
        return "failed", f"{type(error).__name__}: {error}"[:2000]


def _confine(limits: Limits) -> None:
    """Limits the kernel enforces, so that no native code can run past them."""
    space = limits.megabytes << 20
    written = limits.written_megabytes << 20
    seconds = math.ceil(limits.seconds)
    if sys.platform != "darwin":  # which refuses this limit
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)


if __name__ == "__main__":
    main()
