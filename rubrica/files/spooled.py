"""A body that is here already, whole or cut: how the web server hands it to whoever reads the request."""

import contextlib
import io
import os
from pathlib import Path
from typing import IO, Any


class Spooled:
    """Reads as WSGI's input does. What came of a cut body is given first, and then an error, as a socket would."""

    def __init__(self, stream: IO[bytes], size: int, is_cut: bool) -> None:
        self._stream, self.size, self.is_cut = stream, size, is_cut
        self._path: Path | None = None
        self.head, self.sha256 = b"", ""

    @classmethod
    def in_memory(cls, content: bytes, is_cut: bool) -> "Spooled":
        return cls(io.BytesIO(content), len(content), is_cut)

    @classmethod
    def in_file(cls, path: Path, file: int, size: int, is_cut: bool) -> "Spooled":
        """``file`` is the open descriptor, which is ours from here on; the file goes with it."""
        os.lseek(file, 0, os.SEEK_SET)
        spooled = cls(os.fdopen(file, "rb"), size, is_cut)
        spooled._path = path
        return spooled

    def read(self, size: int = -1) -> bytes:
        """Raises ConnectionResetError where a cut body ends."""
        return self._checked(self._stream.read(size), size)

    def readline(self, size: int = -1) -> bytes:
        return self._checked(self._stream.readline(size), size)

    def __iter__(self) -> "Spooled":
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration

    def _checked(self, content: bytes, size: int) -> bytes:
        if self.is_cut and size != 0 and (size < 0 or not content):
            raise ConnectionResetError("The connection was cut before the whole body had arrived.")
        return content

    def taken(self) -> Path | None:
        """The file itself, synced, for who keeps it as it is; None unless it is whole, hashed and unread.

        From here on it is the caller's, who renames or removes it.
        """
        if self._path is None or self.is_cut or not self.sha256 or self._stream.tell():
            return None
        os.fsync(self._stream.fileno())
        self._stream.seek(0, os.SEEK_END)
        path, self._path = self._path, None
        return path

    def close(self) -> None:
        self._stream.close()
        if self._path is not None:
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()


def body_of(source: Any) -> Spooled | None:
    """That of a request of Django's, where our own server has brought it."""
    found = getattr(source, "META", {}).get("wsgi.input")
    return found if isinstance(found, Spooled) else None
