"""Encryption of a backup with a passphrase, chunk by chunk, so that a terabyte takes no more memory than a page.

A file is a head and chunks. The head: ``MAGIC``, three bytes that say how the passphrase becomes a key (log2 of
scrypt's N, its r and p), 16 bytes of salt for that, and 16 bytes of salt of this file. The key of the file is
HKDF-SHA256 of scrypt's 32 bytes with the file's salt and ``INFO``. Each chunk is AES-256-GCM over at most 1 MiB, with
the head and the file's name as what is authenticated beside it, and as nonce 11 bytes that count the chunks from 0 and
one that is 1 for the last chunk alone: so neither chunks nor files can change places, and an end that was cut off is
noticed. docs/operate.md has the same for strangers.
"""

import io
import os
import struct
from functools import lru_cache
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MAGIC = b"RUBRICA-BACKUP-1\n"
HEAD = struct.Struct(">17sBBB16s16s")
CHUNK, TAG = 1 << 20, 16  # bytes
COST, BLOCKS, LANES = 17, 8, 1  # scrypt: 128 MiB and half a second for each guess
MOST_COST = 20  # of a backup that is read: a forged one shall not take all memory
INFO = b"rubrica backup file"
NAMES = b"rubrica backup names"
SALT = 16


class Unreadable(Exception):
    """A backup that cannot be read; the sentence says why."""


@lru_cache(maxsize=8)
def master_key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt, 32, 2**cost, BLOCKS, LANES).derive(passphrase.encode())


def derived(master: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(master)


def new_salt() -> bytes:
    return os.urandom(SALT)


class Encrypting(io.RawIOBase):
    """What is written here goes to ``target`` encrypted; ``close`` writes the end and leaves ``target`` open."""

    def __init__(self, target: "IO[bytes]", passphrase: str, salt: bytes, name: str = "") -> None:
        own = new_salt()
        self._head = HEAD.pack(MAGIC, COST, BLOCKS, LANES, salt, own)
        self._cipher = AESGCM(derived(master_key(passphrase, salt, COST), own, INFO))
        self._target, self._waiting, self._number = target, bytearray(), 0
        self._beside = self._head + name.encode()
        target.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._waiting += view
        while len(self._waiting) > CHUNK:  # the last chunk may be full too, so one is always held back
            self._out(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return view.nbytes

    def close(self) -> None:
        if not self.closed:
            self._out(bytes(self._waiting), last=True)
        super().close()

    def abandon(self) -> None:
        """Ends without an end, so that nobody takes it for whole."""
        super().close()

    def _out(self, chunk: bytes, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), chunk, self._beside))
        self._number += 1


class Decrypting(io.RawIOBase):
    """Reads what ``Encrypting`` wrote. Raises Unreadable for a wrong passphrase, and for a file that was changed,
    cut or called otherwise; nothing of a chunk comes out before it is known to be right."""

    def __init__(self, source: "IO[bytes]", passphrase: str, name: str = "") -> None:
        self._source = source
        self._head = _exactly(source, HEAD.size)
        if len(self._head) < HEAD.size or not self._head.startswith(MAGIC):
            raise Unreadable("This is no encrypted backup of Rubrica.")
        _, cost, blocks, lanes, salt, own = HEAD.unpack(self._head)
        if not (cost <= MOST_COST and blocks == BLOCKS and lanes == LANES):
            raise Unreadable("This backup asks for another way of making its key than this version knows.")
        self._cipher = AESGCM(derived(master_key(passphrase, salt, cost), own, INFO))
        self._beside = self._head + name.encode()
        self._ready, self._at, self._number, self._given = b"", 0, 0, 0
        self._next = _exactly(source, CHUNK + TAG)
        self._ended = False

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        """How much came out: a rehearsal counts the bytes of each file by it."""
        return self._given

    def readinto(self, buffer: Any) -> int:
        while self._at == len(self._ready):
            if self._ended:
                return 0
            self._ready, self._at = self._opened(), 0
        count = min(len(buffer), len(self._ready) - self._at)
        buffer[:count] = self._ready[self._at : self._at + count]
        self._at += count
        self._given += count
        return count

    def _opened(self) -> bytes:
        chunk, self._next = self._next, _exactly(self._source, CHUNK + TAG)
        self._ended = not self._next
        try:
            opened = self._cipher.decrypt(_nonce(self._number, self._ended), chunk, self._beside)
        except InvalidTag:
            why = "The passphrase is wrong, or the backup was changed."
            raise Unreadable("The backup was changed, or its end is missing." if self._number else why) from None
        self._number += 1
        return opened


def is_encrypted(beginning: bytes) -> bool:
    return beginning.startswith(MAGIC)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _exactly(source: "IO[bytes]", size: int) -> bytes:
    """``size`` bytes, or fewer at the end: a pipe gives what it has."""
    found = bytearray()
    while len(found) < size and (chunk := source.read(size - len(found))):
        found += chunk
    return bytes(found)
