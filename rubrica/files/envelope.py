"""One file, encrypted: a head, then chunks. docs/operate.md has the same for strangers ("Encrypted files").

The head: ``MAGIC``; the size of the plain bytes (8 bytes); the id of the key of the organization (16); and this file's
own key, made for this one writing of it, wrapped by that key (RFC 3394, 40). Each chunk is AES-256-GCM over 64 KiB, the
last one over what is left. Its nonce is 11 bytes that count the chunks from 0 and one that is 1 for the last chunk
alone; authenticated beside it are the head and the file's name in the storage. So nothing can be changed or cut off,
and neither chunks nor files can change places; and any chunk can be read without those before it.
"""

import io
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from rubrica.web.errors import StorageAway

MAGIC = b"\x89RBV1\r\n\x1a"  # as a PNG begins: no text, no PDF and no picture does so
HEAD = struct.Struct(">8sQ16s40s")
CHUNK, TAG, KEY = 64 * 1024, 16, 32  # bytes
BLOCK = 16  # chunks that go to the disk at once


class Changed(StorageAway):
    """The storage gave back other bytes than were written; nothing of them has come out."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The storage gave back other bytes than were written: {name}")


@dataclass(frozen=True)
class Key:
    """Of an organization, or of the installation; it wraps the keys of files and nothing else."""

    id: bytes
    secret: bytes


@dataclass(frozen=True)
class Head:
    raw: bytes
    size: int
    key: bytes
    wrapped: bytes

    @classmethod
    def read(cls, beginning: bytes) -> Self | None:
        """None where the bytes are plain."""
        if not beginning.startswith(MAGIC) or len(beginning) < HEAD.size:
            return None
        _, size, key, wrapped = HEAD.unpack(beginning[: HEAD.size])
        return cls(beginning[: HEAD.size], size, key, wrapped)

    @property
    def last(self) -> int:
        """The number of the last chunk; an empty file has one too."""
        return max(0, self.size - 1) // CHUNK


def offset(index: int) -> int:
    """Where in the file the chunk begins."""
    return HEAD.size + index * (CHUNK + TAG)


def sealed(source: "IO[bytes]", size: int, key: Key, name: str) -> Iterator[bytes]:
    """The encrypted file, in blocks. Raises Changed where ``source`` has another size than was said."""
    own = os.urandom(KEY)
    head = Head.read(HEAD.pack(MAGIC, size, key.id, aes_key_wrap(key.secret, own)))
    assert head is not None
    cipher, beside = AESGCM(own), head.raw + name.encode()
    yield head.raw
    for first in range(0, head.last + 1, BLOCK):
        block = memoryview(_exactly(source, min(BLOCK * CHUNK, size - first * CHUNK)))
        if block.nbytes != min(BLOCK * CHUNK, size - first * CHUNK):
            raise Changed(name)
        yield b"".join(
            cipher.encrypt(_nonce(first + number, head.last), block[number * CHUNK : (number + 1) * CHUNK], beside)
            for number in range(max(1, -(-block.nbytes // CHUNK)))
        )


class Opened(io.RawIOBase):
    """Reads what ``sealed`` wrote, from byte ``first`` on. ``source`` stands at the chunk which has that byte.

    Raises Changed, at once for the first chunk; nothing of a chunk comes out before it is known to be right.
    """

    def __init__(self, source: "IO[bytes]", head: Head, secret: bytes, name: str, first: int = 0) -> None:
        self._source, self._head, self._name, self._at = source, head, name, first
        try:
            self._cipher = AESGCM(aes_key_unwrap(secret, head.wrapped))
        except InvalidUnwrap:
            raise Changed(name) from None
        self._beside = head.raw + name.encode()
        self._plain, self._index = b"", -1
        self._stands = first // CHUNK
        self._load(min(self._stands, head.last))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, place + (0, self._at, self._head.size)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._head.size:
            return 0
        index, within = divmod(self._at, CHUNK)
        if index != self._index:
            self._load(index)
        count = min(len(buffer), len(self._plain) - within)
        buffer[:count] = self._plain[within : within + count]
        self._at += count
        return count

    def close(self) -> None:
        self._source.close()
        super().close()

    def _load(self, index: int) -> None:
        if index != self._stands:
            self._source.seek(offset(index))
        size = min(CHUNK, self._head.size - index * CHUNK)
        chunk = _exactly(self._source, size + TAG)
        self._stands = index + 1
        try:
            self._plain = self._cipher.decrypt(_nonce(index, self._head.last), chunk, self._beside)
        except (InvalidTag, ValueError):
            raise Changed(self._name) from None
        self._index = index


def shut(data: bytes, key: Key, name: str) -> bytes:
    return b"".join(sealed(io.BytesIO(data), len(data), key, name))


def disclosed(data: bytes, secret_of: Callable[[bytes], bytes], name: str) -> bytes:
    """What ``shut`` was given. Raises Changed, also for bytes that are not encrypted."""
    head = Head.read(data)
    if head is None:
        raise Changed(name)
    source = io.BytesIO(data)
    source.seek(HEAD.size)
    return io.BufferedReader(Opened(source, head, secret_of(head.key), name), CHUNK).read()


def _nonce(index: int, last: int) -> bytes:
    return index.to_bytes(11, "big") + bytes([index == last])


def _exactly(source: "IO[bytes]", size: int) -> bytes:
    """``size`` bytes, or fewer at the end: a network gives what it has."""
    found = source.read(size)
    if len(found) == size:
        return found
    parts = [found]
    missing = size - len(found)
    while missing and (more := source.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)
