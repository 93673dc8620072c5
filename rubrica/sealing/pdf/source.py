"""The bytes of a PDF as our own reader sees them: one object at a place, one stream, and an account of what it cost.

Strict on purpose: whatever is unusual raises ``Declined`` and is left to a library that repairs. Objects may overlap
and be referred to without end, so a small file could ask for any amount of work; ``spend`` counts it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from rubrica.sealing.pdf.syntax import SKIP, SPACE, WHITE, Buffer, Dictionary, dictionary, skip_gap, value_end
from rubrica.sealing.values import Refusal

MAX_UNPACKED = 64 << 20  # bytes an object or cross-reference stream may have
MAX_WORK = 256 << 20  # bytes to be read for one file in all, however often it makes us read the same ones
PREDICTED_COST = 8  # a predictor is undone byte by byte
_HEADER = re.compile(SKIP + rb"(\d++)[" + SPACE + rb"]++(\d++)[" + SPACE + rb"]++obj" + SKIP)
NO_END = {b"(", b"%", b"stream"}  # in a string or a comment anything may stand; data begin on a line of their own
_KEYWORD = re.compile(rb"[(%]|endobj|stream(?:\r\n|\n)?")
_END = re.compile(SKIP + rb"(?:endobj|stream(?:\r\n|\n))")


class Declined(Refusal):
    """This file is not for our own reader and writer; the detail says why, for a log."""

    def __init__(self, detail: str) -> None:
        super().__init__("DECLINED", detail)

    def __reduce__(self) -> tuple[Any, ...]:
        return Declined, (self.detail,)


class Item(NamedTuple):  # made for each object, which a frozen dataclass costs three times as much
    """An object: its raw value, and where the data of its stream begins, or None."""

    raw: bytes
    stream_at: int | None = None


class Source:
    """A file in memory or mapped into it."""

    def __init__(self, data: Buffer, length: int) -> None:
        self.data, self.length = data, length
        self._work = 0

    def spend(self, size: int) -> None:
        self._work += size
        if self._work > MAX_WORK:
            raise Declined("reading it takes too much")

    def has(self, place: int, word: bytes) -> bool:
        return bool(self.data[place : place + len(word)] == word)

    def number_at(self, place: int) -> tuple[int, int] | None:
        """The number and generation of the object that begins at ``place``."""
        header = _HEADER.match(self.data, place)
        return (int(header[1]), int(header[2])) if header else None

    def item(self, place: int, number: int, generation: int) -> Item:
        """The object at ``place``, which must be the one of that number."""
        header = _HEADER.match(self.data, place)
        if header is None or int(header[1]) != number or int(header[2]) != generation:
            raise Declined(f"object {number} is not where it should be")
        start = header.end()
        raw, end = self._open_value(start) or self._walked_value(start, number)
        self.spend(end.end() - place)
        if not end[0].endswith(b"\n"):
            return Item(raw)
        if not raw.startswith(b"<<"):
            raise Declined(f"object {number} does not end")
        return Item(raw, end.end())

    def _open_value(self, start: int) -> tuple[bytes, re.Match[bytes]] | None:
        """The value up to the keyword that ends it, and that keyword, where nothing can hide one."""
        end = _KEYWORD.search(self.data, start)
        if end is None or end[0] in NO_END:
            if end is not None and end[0] == b"stream" and not self.has(start, b"<<"):
                raise Declined("a stream without entries")
            return None
        raw = bytes(self.data[start : end.start()]).rstrip(WHITE)
        return (raw, end) if not raw.startswith(b"<<") or raw.endswith(b">>") else None

    def _walked_value(self, start: int, number: int) -> tuple[bytes, re.Match[bytes]]:
        stop = value_end(self.data, start)
        end = _END.match(self.data, stop)
        if end is None:
            raise Declined(f"object {number} does not end")
        return bytes(self.data[start:stop]), end

    def stream_end(self, item: Item, length: bytes | None) -> int:
        """Where the data of a stream ends, which must be where its ``length`` says."""
        if item.stream_at is None or length is None or not length.isdigit():
            raise Declined("a stream without length")
        end = item.stream_at + int(length)
        if end > self.length:
            raise Declined("a stream does not end")
        after = skip_gap(self.data, end)
        self.spend(after - end)
        if not self.has(after, b"endstream"):
            raise Declined("a stream does not end")
        return end

    def stream_data(self, item: Item, length: bytes | None) -> bytes:
        """The data of a stream as it stands in the file, its filters not undone."""
        end = self.stream_end(item, length)
        self.spend(end - (item.stream_at or 0))
        return bytes(self.data[item.stream_at : end])

    def decoded(self, data: bytes, entries: Dictionary) -> bytes:
        """The data of an object or cross-reference stream of these entries, unpacked."""
        filters = entries.get(b"/Filter", b"[]").strip(b"[] ")
        if filters == b"/FlateDecode":
            inflater = zlib.decompressobj()
            data = inflater.decompress(data, MAX_UNPACKED)
            if inflater.unconsumed_tail:
                raise Declined("a stream unpacks to too much")
        elif filters:
            raise Declined("a filter that is not known here")
        self.spend(len(data))
        parameters = dictionary(entries.get(b"/DecodeParms", b"<<>>").strip(b"[] "))
        if int(parameters.get(b"/Predictor", b"1")) > 1:
            self.spend(len(data) * PREDICTED_COST)
            data = b"".join(_rows(data, int(parameters.get(b"/Columns", b"1"))))
        return data


def _rows(data: bytes, columns: int) -> Iterator[bytes]:
    """PNG's "up" and "none" undone, the only predictors that writers use here (ISO 32000-2 §7.4.4.4)."""
    above = bytes(columns)
    for place in range(0, len(data) - columns, columns + 1):
        kind, row = data[place], data[place + 1 : place + 1 + columns]
        if kind == 2:
            row = bytes((one + other) & 255 for one, other in zip(row, above, strict=True))
        elif kind != 0:
            raise Declined("a predictor that is not known here")
        yield row
        above = row
