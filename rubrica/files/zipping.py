"""A ZIP that goes out while it is being made: nothing of it is kept, whatever its size (APPNOTE.TXT 6.3.10).

The library's writer marks every entry of a stream as "size follows", also what is stored plainly, which readers that
go through a file from its beginning cannot take. Here what is small is written with its size before it, and what is
large goes out as deflate in stored blocks, which every reader takes and which costs no CPU.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

CHUNK = 1 << 20  # bytes
STORED, DEFLATED = 0, 8
SIZE_FOLLOWS, UTF8 = 1 << 3, 1 << 11
LIMIT = 0xFFFF_FFFF
LARGE = LIMIT - (LIMIT >> 8)  # stored blocks add five bytes to each 64 KB
PLAIN, WITH_64_BITS = 20, 45  # versions needed to unpack
UNIX = 3 << 8
MODE = 0o100644 << 16
LOCAL, FOLLOWING, CENTRAL = b"PK\x03\x04", b"PK\x07\x08", b"PK\x01\x02"
END_64, FINDER_64, END = b"PK\x06\x06", b"PK\x06\x07", b"PK\x05\x06"


@dataclass(frozen=True)
class Entry:
    """One file: ``content`` gives all its bytes at once, or in chunks where ``size`` says how many there will be."""

    path: str
    content: Callable[[], bytes | Iterable[bytes]]
    size: int | None = None
    plain: bool = False  # stored as it is, for readers that look for bytes at their place


@dataclass(frozen=True)
class Written:
    """What has gone out of an entry; ``size`` and ``sha256`` are those of its bytes."""

    path: str
    size: int
    sha256: str


@dataclass
class _Place:
    """An entry as the directory at the end names it."""

    name: bytes
    method: int
    flags: int
    offset: int
    crc: int = 0
    size: int = 0
    packed: int = 0

    @property
    def is_large(self) -> bool:
        return max(self.size, self.packed, self.offset) >= LIMIT


@dataclass
class Zip:
    """``entry`` gives the bytes of one file, ``end`` those of the directory; ``written`` grows with each entry."""

    moment: datetime
    written: list[Written] = field(default_factory=list)
    _places: list[_Place] = field(default_factory=list)
    _offset: int = 0

    def entry(self, entry: Entry) -> Iterator[bytes]:
        content = entry.content()
        parts = self._whole(entry, content) if isinstance(content, bytes) else self._streamed(entry, content)
        for part in parts:
            self._offset += len(part)
            yield part

    def end(self) -> Iterator[bytes]:
        start = self._offset
        for place in self._places:
            line = self._line(place)
            self._offset += len(line)
            yield line
        yield self._tail(start, self._offset - start)

    def _whole(self, entry: Entry, content: bytes) -> Iterator[bytes]:
        packed = content if entry.plain else _deflated(content)
        method = STORED if entry.plain else DEFLATED
        place = _Place(
            _name(entry), method, _flags(entry), self._offset, zlib.crc32(content), len(content), len(packed)
        )
        yield self._head(place, PLAIN, place.packed, place.size, b"")
        yield packed
        self._note(entry, place, hashlib.sha256(content).hexdigest())

    def _streamed(self, entry: Entry, chunks: Iterable[bytes]) -> Iterator[bytes]:
        is_large = entry.size is None or entry.size >= LARGE
        place = _Place(_name(entry), DEFLATED, _flags(entry) | SIZE_FOLLOWS, self._offset)
        # With the extra field the sizes that follow are of eight bytes (4.3.9.2).
        extra = struct.pack("<HHQQ", 1, 16, 0, 0) if is_large else b""
        unknown = LIMIT if is_large else 0
        yield self._head(place, WITH_64_BITS if is_large else PLAIN, unknown, unknown, extra)
        digest, packer = hashlib.sha256(), zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
        for chunk in chunks:
            place.crc, place.size = zlib.crc32(chunk, place.crc), place.size + len(chunk)
            digest.update(chunk)
            packed = packer.compress(chunk)
            place.packed += len(packed)
            yield packed
        packed = packer.flush()
        place.packed += len(packed)
        sizes = struct.pack("<IQQ" if is_large else "<III", place.crc, place.packed, place.size)
        yield packed + FOLLOWING + sizes
        self._note(entry, place, digest.hexdigest())

    def _note(self, entry: Entry, place: _Place, sha256: str) -> None:
        self._places.append(place)
        self.written.append(Written(entry.path, place.size, sha256))

    def _head(self, place: _Place, version: int, packed: int, size: int, extra: bytes) -> bytes:
        fixed = struct.pack(
            "<HHHHHIIIHH", version, place.flags, place.method, *self._dos_time(), place.crc, packed, size,
            len(place.name), len(extra),
        )  # fmt: skip
        return LOCAL + fixed + place.name + extra

    def _line(self, place: _Place) -> bytes:
        extra, numbers, version = b"", (place.packed, place.size, place.offset), PLAIN
        if place.is_large or (place.flags & SIZE_FOLLOWS and place.size >= LARGE):
            extra = struct.pack("<HHQQQ", 1, 24, place.size, place.packed, place.offset)
            numbers, version = (LIMIT, LIMIT, LIMIT), WITH_64_BITS
        packed, size, offset = numbers
        fixed = struct.pack(
            "<HHHHHHIIIHHHHHII", UNIX | version, version, place.flags, place.method, *self._dos_time(), place.crc,
            packed, size, len(place.name), len(extra), 0, 0, 0, MODE, offset,
        )  # fmt: skip
        return CENTRAL + fixed + place.name + extra

    def _tail(self, start: int, length: int) -> bytes:
        count = len(self._places)
        large = b""
        if count >= 0xFFFF or start + length >= LIMIT:
            version = UNIX | WITH_64_BITS
            large = END_64 + struct.pack("<QHHIIQQQQ", 44, version, WITH_64_BITS, 0, 0, count, count, length, start)
            large += FINDER_64 + struct.pack("<IQI", 0, start + length, 1)
        few = min(count, 0xFFFF)
        return large + END + struct.pack("<HHHHIIH", 0, 0, few, few, min(length, LIMIT), min(start, LIMIT), 0)

    def _dos_time(self) -> tuple[int, int]:
        at = self.moment
        year = min(max(at.year, 1980), 2107) - 1980
        return at.hour << 11 | at.minute << 5 | at.second // 2, year << 9 | at.month << 5 | at.day


def _name(entry: Entry) -> bytes:
    return entry.path.encode()


def _flags(entry: Entry) -> int:
    return 0 if entry.path.isascii() else UTF8


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()
