"""A storage in which bytes lie encrypted, around one that knows nothing of it.

What was there before encryption was switched on stays readable as it is, and what is encrypted stays readable after it
was switched off. A file has no path here: engines that read by path get a copy that lives as long as they need it.
"""

import io
import tempfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.files import File

from rubrica.files import envelope, keys
from rubrica.files.envelope import CHUNK, Changed, Head, Opened
from rubrica.files.storage import LocalStorage, OnDisk, incoming

if TYPE_CHECKING:
    from rubrica.files.s3 import S3Storage

PIECES = "pieces"  # keys of uploads that come in pieces begin so, and name the organization after it: beside the blobs


class EncryptedStorage:
    """``encrypts`` says whether new files are encrypted; those that are can be read in either case."""

    def __init__(self, kept: "LocalStorage | S3Storage", *, encrypts: bool) -> None:
        self.kept, self.encrypts = kept, encrypts
        self.is_remote = kept.is_remote

    def always(self) -> "EncryptedStorage":
        return EncryptedStorage(self.kept, encrypts=True)

    def path(self, name: str) -> str:
        raise NotImplementedError("An encrypted file has no path.")

    def exists(self, name: str) -> bool:
        return self.kept.exists(name)

    def delete(self, name: str) -> None:
        self.kept.delete(name)

    def keys(self) -> Iterator[tuple[str, int]]:
        """Every key with the bytes that it takes, which are some more than come out of it."""
        return self.kept.keys()

    def size(self, name: str) -> int:
        """Of the plain bytes. Raises FileNotFoundError."""
        head = self._head(name)
        return self.kept.size(name) if head is None else head.size

    def holds(self, name: str) -> bool:
        """Whether it is there as it would be written now, and can be read: under a retired key it could be read only
        until that key is dropped."""
        try:
            head = self._head(name)
            if head is None:
                return not self.encrypts
            if self.encrypts:
                return head.key == keys.to_write(owner(name)).id
            keys.secret(head.key)
        except (FileNotFoundError, keys.KeyGone):
            return False
        return True

    def key_of(self, name: str) -> bytes:
        """The id of the key under which it lies; nothing where it is plain. Raises FileNotFoundError."""
        head = self._head(name)
        return b"" if head is None else head.key

    def save(self, name: str, content: "File[Any]") -> str:
        """Always under this name, where Django's own would take another if there is something."""
        return self.replace(name, content)

    def replace(self, name: str, content: "File[Any]") -> str:
        """Whatever was there under this name: readers of it come to their end on a disk, and ask again in a bucket."""
        if not self.encrypts:
            return self.kept.replace(name, content)
        content.seek(0)
        source = cast("IO[bytes]", content.file)
        blocks = envelope.sealed(source, content.size, keys.to_write(owner(name)), name)
        if not self.is_remote:
            return self.kept.replace(name, _Blocks(blocks))
        return self._sent(name, blocks)

    def _sent(self, name: str, blocks: Iterator[bytes]) -> str:
        """From a file, so that it may be asked for twice and no more than a piece of it is in memory."""
        with tempfile.NamedTemporaryFile(dir=incoming()) as file:
            file.writelines(blocks)
            file.flush()
            with open(file.name, "rb") as written:
                return self.kept.replace(name, OnDisk(written, file.name))

    def open(self, name: str) -> "IO[bytes]":
        return self.part(name, 0, None)

    def part(self, name: str, first: int, last: int | None, *, plain: bool = True) -> "IO[bytes]":
        """As that of any storage. Raises Changed; also for a file that is not encrypted, where ``plain`` is off."""
        try:
            return self._part(name, first, last, plain)
        except Changed:
            # It may have been encrypted anew between the look at its head and the look at the chunk.
            return self._part(name, first, last, plain)

    def _part(self, name: str, first: int, last: int | None, plain: bool) -> "IO[bytes]":
        if self.is_remote and first:
            return self._far(name, first, last, plain)
        file = self.kept.open(name) if last is None else self.kept.part(name, 0, _end(last))
        try:
            head = Head.read(file.read(envelope.HEAD.size))
            if head is None:
                file.seek(first)
                return _unless(plain, file, name)
            file.seek(envelope.offset(first // CHUNK))
            return _opened(file, head, name, first)
        except BaseException:
            file.close()
            raise

    def _far(self, name: str, first: int, last: int | None, plain: bool) -> "IO[bytes]":
        """Two requests, so that what lies before the part does not come over the network."""
        head = self._head(name)
        if head is None:
            return _unless(plain, self.kept.part(name, first, last), name)
        file = self.kept.part(name, envelope.offset(first // CHUNK), None if last is None else _end(last))
        try:
            return _opened(file, head, name, first)
        except BaseException:
            file.close()
            raise

    def _head(self, name: str) -> Head | None:
        with self.kept.part(name, 0, envelope.HEAD.size - 1) as file:
            return Head.read(file.read(envelope.HEAD.size))


def _end(last: int) -> int:
    """The last byte of the chunk that has this one; also where the file is plain or ends before."""
    return envelope.offset(last // CHUNK + 1) - 1


def _opened(file: "IO[bytes]", head: Head, name: str, first: int) -> "IO[bytes]":
    return io.BufferedReader(Opened(file, head, keys.secret(head.key), name, first), CHUNK)


def _unless(plain: bool, file: "IO[bytes]", name: str) -> "IO[bytes]":
    if not plain:
        file.close()
        raise Changed(name)
    return file


def put_away(data: bytes, organization_id: int, name: str) -> bytes:
    """For what is made out of a file and kept outside of the storage: encrypted as the file itself, if files are."""
    return envelope.shut(data, keys.to_write(organization_id), name) if settings.ENCRYPTION else data


def taken_out(data: bytes, name: str) -> bytes:
    """What ``put_away`` was given. Raises Changed; also for plain bytes where they should be none."""
    if Head.read(data) is None and not settings.ENCRYPTION:
        return data
    return envelope.disclosed(data, keys.secret, name)


def owner(name: str) -> int | None:
    """Whose key encrypts it: the organization that the name begins with, else the installation."""
    first, _, rest = name.partition("/")
    number = rest.partition("/")[0] if first == PIECES else first
    return int(number) if number.isascii() and number.isdigit() else None


class _Blocks(File):  # type: ignore[type-arg]
    """What is made while it is written."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(None)
        self._blocks = blocks

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self._blocks
