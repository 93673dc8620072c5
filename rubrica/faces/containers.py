"""Runs in the sandbox: finds in an mp4 (ISO 14496-12) or WebM (RFC 9559) how long it plays.

Browsers record live, so both forms often lack a total; then the time of the last fragment or block is taken.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from struct import error as StructError
from struct import unpack_from

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.values import RefusedImage

# Boxes of an mp4 that are looked into, and elements of a WebM that are.
PARENTS = {b"moov", b"trak", b"mdia", b"mvex", b"moof", b"traf"}
SEGMENT, INFO, CLUSTER, BLOCK_GROUP, TRACKS = 0x18538067, 0x1549A966, 0x1F43B675, 0xA0, 0x1654AE6B
SCALE, DURATION, CLUSTER_TIME, SIMPLE_BLOCK, BLOCK = 0x2AD7B1, 0x4489, 0xE7, 0xA3, 0xA1
HEADER = 0x1A45DFA3
OPENED = {SEGMENT, INFO, CLUSTER, BLOCK_GROUP}
NANOSECOND = 1e-9


def invalid() -> RefusedImage:
    return RefusedImage("CAPTURE_INVALID", _("This is not an mp4 or WebM video."))


def seconds_here(path: str, kind: str) -> float | None:
    """None where the container does not tell. Raises RefusedImage when it is none."""
    data = Path(path).read_bytes()
    try:
        seconds = _mp4(data) if kind == "mp4" else _webm(data)
    except (StructError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise invalid() from error
    return seconds if seconds and math.isfinite(seconds) and seconds > 0 else None


def _mp4(data: bytes) -> float:
    """The longest that any of its clocks tells."""
    scale, told, names = 0, [0.0], set()
    for name, start, _end in _boxes(data, 0, len(data)):
        names.add(name)
        if name == b"mvhd" or name == b"mdhd":
            scale, length = _clock(data, start)
            told.append(length / scale)
        elif name == b"mehd" and scale:
            told.append(_number(data, start + 4, wide=data[start] == 1) / scale)
        elif name == b"tfdt" and scale:
            # One clock for all tracks is near enough: a recording of ours has one track.
            told.append(_number(data, start + 4, wide=data[start] == 1) / scale)
    if not {b"ftyp", b"moov"} <= names:
        raise invalid()
    return max(told)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, and first and last position of the content, of every box and of those inside PARENTS."""
    while start + 8 <= end:
        size, name = unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            size, head = unpack_from(">Q", data, start + 8)[0], 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise invalid()
        yield name, start + head, start + size
        if name in PARENTS:
            yield from _boxes(data, start + head, start + size)
        start += size


def _clock(data: bytes, start: int) -> tuple[int, int]:
    """Ticks a second and length in ticks of an mvhd or mdhd; a length that is not known is 0."""
    wide = data[start] == 1
    scale: int = unpack_from(">I", data, start + (20 if wide else 12))[0]
    length = _number(data, start + (24 if wide else 16), wide)
    return scale, 0 if length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else length


def _number(data: bytes, start: int, wide: bool) -> int:
    number: int = unpack_from(">Q" if wide else ">I", data, start)[0]
    return number


def _webm(data: bytes) -> float:
    scale, duration, cluster, last, seen = 1_000_000, 0.0, 0, 0, set()
    for name, start, end in _elements(data):
        seen.add(name)
        if name == SCALE:
            scale = int.from_bytes(data[start:end], "big")
        elif name == DURATION:
            duration = unpack_from(">d" if end - start == 8 else ">f", data, start)[0]
        elif name == CLUSTER_TIME:
            cluster = int.from_bytes(data[start:end], "big")
        elif name in (SIMPLE_BLOCK, BLOCK):
            _track, width = _sized(data, start)
            last = max(last, cluster + unpack_from(">h", data, start + width)[0])
    if not {HEADER, SEGMENT, TRACKS} <= seen:
        raise invalid()
    return max(duration, last) * scale * NANOSECOND


def _elements(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Id, and first and last position of the content, of every element; those in OPENED are walked into, so their own
    size, which a live recording leaves unknown, does not matter."""
    position = 0
    while position < len(data):
        try:
            width = _width(data, position)
            size, wide = _sized(data, position + width)
        except IndexError:
            return  # cut off, as a recording is when its tab goes
        name = int.from_bytes(data[position : position + width], "big")
        start = position + width + wide
        position = start if name in OPENED else start + size
        if position > len(data):
            return
        yield name, start, position


def _sized(data: bytes, position: int) -> tuple[int, int]:
    """A number of variable width, and its width."""
    width = _width(data, position)
    number = int.from_bytes(data[position : position + width], "big") & ((1 << (7 * width)) - 1)
    return number, width


def _width(data: bytes, position: int) -> int:
    first = data[position]
    if first == 0:
        raise invalid()
    return 9 - first.bit_length()
