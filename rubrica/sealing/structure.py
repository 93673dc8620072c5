"""The structure of a PDF as our own writer needs it: cross-references, single objects, the page tree.

Strict on purpose: whatever is unusual raises ``Declined`` and is left to a library that repairs. Nothing is read but
what is asked for, so that the cost follows what is changed and not the size of the file. What a file may make us read
is counted: objects may overlap and be referred to without end, so a small file can ask for any amount of work.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rubrica.sealing.syntax import (
    SPACE,
    WHITE,
    Buffer,
    Dictionary,
    Malformed,
    array,
    dictionary,
    reference,
    skip_gap,
    value_end,
)
from rubrica.sealing.values import Refusal

TAIL = 2048  # bytes at the end in which startxref is looked for
MAX_SECTIONS = 1000
MAX_DEPTH = 64
MAX_UNPACKED = 64 << 20  # bytes an object or cross-reference stream may have
MAX_WORK = 256 << 20  # bytes to be read for one file in all, however often it makes us read the same ones
MAX_RUNS = 100_000  # subsections of all cross-references together; each look at an object may pass all of them
MAX_MEMBERS = 1_000_000  # of one object stream
MEMBER_COST = 128  # bytes of memory that remembering one member's number and place takes
PREDICTED_COST = 8  # a predictor is undone byte by byte
ENTRY_BYTES = 20
MAX_WIDTH = 8  # bytes of a column of a cross-reference stream
_START = re.compile(rb"startxref[" + SPACE + rb"]++(\d++)[" + SPACE + rb"]++%%EOF")
_HEADER = re.compile(rb"(\d++)[" + SPACE + rb"]++(\d++)[" + SPACE + rb"]++obj")
_SUBSECTION = re.compile(rb"(\d++) (\d++)[ ]*+[\r\n]++")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r\n]{2}")
_KEYWORD = re.compile(rb"[(%]|stream|endobj")
_STREAM = re.compile(rb"stream(?:\r\n|\n)")


class Declined(Refusal):
    """This file is not for our own reader and writer; the detail says why, for a log."""

    def __init__(self, detail: str) -> None:
        super().__init__("DECLINED", detail)

    def __reduce__(self) -> tuple[Any, ...]:
        return Declined, (self.detail,)


@dataclass(frozen=True)
class Item:
    """An object: its raw value, and where the data of its stream begins, or None."""

    raw: bytes
    stream_at: int | None = None


@dataclass(frozen=True)
class Table:
    """Entries of a cross-reference table from number ``first`` on, ``count`` of them, 20 bytes each at ``place``."""

    first: int
    count: int
    place: int


@dataclass(frozen=True)
class Stream:
    """Rows of a cross-reference stream from number ``first`` on; ``place`` is the first row's in ``rows``."""

    first: int
    count: int
    place: int
    rows: bytes
    widths: tuple[int, int, int]


@dataclass(frozen=True)
class Members:
    """An unpacked object stream: the numbers of its members, where each begins in ``data``, and where the last ends."""

    data: bytes
    numbers: tuple[int, ...]
    places: tuple[int, ...]

    def raw(self, index: int, number: int) -> bytes:
        """The value of member ``index``, which must be object ``number``; it may not reach into the next one."""
        if self.numbers[index] != number:
            raise Declined(f"object {number} is not where it should be")
        part = self.data[self.places[index] : self.places[index + 1]]
        start = skip_gap(part, 0)
        return part[start : value_end(part, start)]


@dataclass(frozen=True)
class Located:
    """Where an object is: at a place in the file, or as number ``index`` in the object stream ``container``."""

    place: int = 0
    container: int = 0
    index: int = 0


class Structure:
    """A PDF in memory or mapped into it. Raises ``Declined`` for everything that is not as it should be."""

    def __init__(self, data: Buffer, length: int) -> None:
        self.data, self.length = data, length
        self._work = 0
        self._sections: list[Table | Stream] = []
        self._unpacked: dict[int, Members] = {}
        self._nodes: dict[bytes, Dictionary | None] = {}
        self._kids: dict[bytes, list[bytes]] = {}
        self.start = self._find_start()
        self.uses_streams = not self._at(self.start, b"xref")
        self.size = 0
        self.trailer: Dictionary = {}
        self._read_sections()
        if b"/Encrypt" in self.trailer:
            raise Declined("encrypted")

    # ------------------------------------------------------------ objects

    def value(self, raw: bytes | None) -> bytes | None:
        """``raw`` with references followed; None for null and for what does not exist."""
        for _hop in range(8):
            if raw is None or raw == b"null":
                return None
            target = reference(raw)
            if target is None:
                return raw
            found = self.item(*target)
            raw = found.raw if found else None
        raise Declined("references without end")

    def entries(self, raw: bytes | None) -> Dictionary | None:
        """The dictionary that ``raw`` is or refers to, or None."""
        value = self.value(raw)
        if value is None or not value.startswith(b"<<"):
            return None
        self._spend(len(value))
        return dictionary(value)

    def elements(self, raw: bytes | None) -> list[bytes] | None:
        """The elements of the array that ``raw`` is or refers to, or None."""
        value = self.value(raw)
        if value is None or not value.startswith(b"["):
            return None
        self._spend(len(value))
        return array(value)

    def item(self, number: int, generation: int = 0) -> Item | None:
        """The object, or None where there is none of that number."""
        try:
            where = self._locate(number)
            if where is None:
                return None
            if where.container:
                raw = self._members(where.container).raw(where.index, number)
                self._spend(len(raw))
                return Item(raw)
            return self._read(where.place, number, generation)
        except (Malformed, LookupError, ValueError, ArithmeticError) as error:
            raise Declined(f"object {number}: {error}") from error

    def _read(self, place: int, number: int, generation: int) -> Item:
        header = _HEADER.match(self.data, skip_gap(self.data, place))
        if header is None or (int(header[1]), int(header[2])) != (number, generation):
            raise Declined(f"object {number} is not where it should be")
        start = skip_gap(self.data, header.end())
        end = self._value_end(start)
        after = skip_gap(self.data, end)
        self._spend(after - place)
        raw = bytes(self.data[start:end])
        if self._at(after, b"endobj"):
            return Item(raw)
        stream = _STREAM.match(self.data, after)
        if stream is None or not raw.startswith(b"<<"):
            raise Declined(f"object {number} does not end")
        return Item(raw, stream.end())

    def _value_end(self, start: int) -> int:
        """Up to the keyword that ends it, where nothing can hide that; else by walking through the value."""
        keyword = _KEYWORD.search(self.data, start)
        if keyword is not None and keyword[0] not in b"(%":
            raw = bytes(self.data[start : keyword.start()]).rstrip(WHITE)
            if not raw.startswith(b"<<") or raw.endswith(b">>"):
                return start + len(raw)
        return value_end(self.data, start)

    def numbers(self) -> Iterator[int]:
        """The numbers of all objects in use."""
        for section in self._sections:
            for number in range(section.first, section.first + section.count):
                if self._locate(number) is not None:
                    yield number

    def stream_data(self, item: Item) -> bytes:
        """The data of a stream as it stands in the file, its filters not undone."""
        end = self.stream_end(item)
        self._spend(end - (item.stream_at or 0))
        return bytes(self.data[item.stream_at : end])

    def stream_end(self, item: Item, entries: Dictionary | None = None) -> int:
        """Where the data of a stream ends, which must be where its ``entries`` say."""
        length = self.value((entries or dictionary(item.raw)).get(b"/Length"))
        if item.stream_at is None or length is None or not length.isdigit():
            raise Declined("a stream without length")
        end = item.stream_at + int(length)
        if end > self.length:
            raise Declined("a stream does not end")
        after = skip_gap(self.data, end)
        self._spend(after - end)
        if not self._at(after, b"endstream"):
            raise Declined("a stream does not end")
        return end

    def _members(self, number: int) -> Members:
        """An object stream (ISO 32000-2 §7.5.7), to be cut at the offsets in its head, which shall rise."""
        if number not in self._unpacked:
            where = self._locate(number)
            if where is None or where.container:
                raise Declined("an object stream in another")
            item = self._read(where.place, number, 0)
            entries = dictionary(item.raw)
            data = self._decoded(item, entries)
            count, first = int(entries[b"/N"]), int(entries[b"/First"])
            if not (0 <= count <= MAX_MEMBERS and 0 <= first <= len(data)):
                raise Declined("an object stream with an impossible head")
            self._spend(count * MEMBER_COST)
            head = [int(word) for word in data[:first].split(None, 2 * count)[: 2 * count]]
            places = [*(first + offset for offset in head[1::2]), len(data)]
            if len(head) < 2 * count or any(one >= other for one, other in pairwise(places)):
                raise Declined("an object stream whose offsets do not rise")
            self._unpacked[number] = Members(data, tuple(head[::2]), tuple(places))
        return self._unpacked[number]

    def _decoded(self, item: Item, entries: Dictionary) -> bytes:
        filters = entries.get(b"/Filter", b"[]").strip(b"[] ")
        data = self.stream_data(item)
        if filters == b"/FlateDecode":
            inflater = zlib.decompressobj()
            data = inflater.decompress(data, MAX_UNPACKED)
            if inflater.unconsumed_tail:
                raise Declined("a stream unpacks to too much")
        elif filters:
            raise Declined("a filter that is not known here")
        self._spend(len(data))
        parameters = dictionary(entries.get(b"/DecodeParms", b"<<>>").strip(b"[] "))
        if int(parameters.get(b"/Predictor", b"1")) > 1:
            self._spend(len(data) * PREDICTED_COST)
            data = _unpredicted(data, int(parameters.get(b"/Columns", b"1")))
        return data

    # ------------------------------------------------------------ cross-references

    def _find_start(self) -> int:
        tail = bytes(self.data[max(0, self.length - TAIL) : self.length])
        found = list(_START.finditer(tail))
        if not found or tail[found[-1].end() :].strip(WHITE):
            raise Declined("no end of file")
        return int(found[-1][1])

    def _read_sections(self) -> None:
        waiting, seen = [self.start], set[int]()
        while waiting:
            place = waiting.pop(0)
            if place in seen or len(seen) > MAX_SECTIONS or not 0 < place < self.length:
                raise Declined("cross-references that lead nowhere")
            seen.add(place)
            try:
                trailer = self._read_table(place) if self._at(place, b"xref") else self._read_stream(place)
                self.trailer = self.trailer or trailer
                self.size = max(self.size, int(trailer[b"/Size"]))
                waiting += [int(trailer[key]) for key in (b"/XRefStm", b"/Prev") if key in trailer]
            except (Malformed, LookupError, ValueError, ArithmeticError) as error:
                raise Declined(f"cross-references at {place}: {error}") from error

    def _read_table(self, place: int) -> Dictionary:
        place = skip_gap(self.data, place + 4)
        while not self._at(place, b"trailer"):
            head = _SUBSECTION.match(self.data, place)
            if head is None:
                raise Declined("a cross-reference table of another form")
            self._add(Table(int(head[1]), int(head[2]), head.end()))
            place = skip_gap(self.data, head.end() + int(head[2]) * ENTRY_BYTES)
        return dictionary(self.data, place + 7)

    def _read_stream(self, place: int) -> Dictionary:
        header = _HEADER.match(self.data, skip_gap(self.data, place))
        if header is None:
            raise Declined("no cross-references")
        item = self._read(place, int(header[1]), int(header[2]))
        entries = dictionary(item.raw)
        if entries.get(b"/Type") != b"/XRef":
            raise Declined("no cross-reference stream")
        first, second, third = (int(width) for width in array(entries[b"/W"]))
        if not (0 <= first <= MAX_WIDTH and 0 < second <= MAX_WIDTH and 0 <= third <= MAX_WIDTH):
            raise Declined("a cross-reference stream of impossible columns")
        rows = self._decoded(item, entries)
        index = [int(number) for number in array(entries.get(b"/Index", b"[0 %s]" % entries[b"/Size"]))]
        row = 0
        for start, count in zip(index[::2], index[1::2], strict=True):
            self._add(Stream(start, count, row * (first + second + third), rows, (first, second, third)))
            row += count
        return entries

    def _add(self, section: Table | Stream) -> None:
        if len(self._sections) >= MAX_RUNS:
            raise Declined("too many cross-reference sections")
        self._sections.append(section)

    def _spend(self, size: int) -> None:
        self._work += size
        if self._work > MAX_WORK:
            raise Declined("reading it takes too much")

    def _locate(self, number: int) -> Located | None:
        self._spend(len(self._sections))
        for section in self._sections:
            if section.first <= number < section.first + section.count:
                place = section.place
                if isinstance(section, Table):
                    found = self._table_entry(place + (number - section.first) * ENTRY_BYTES)
                else:
                    found = _stream_entry(section, number)
                if found is not None or not self._is_hybrid:
                    return found
        return None

    @property
    def _is_hybrid(self) -> bool:
        """Free in the table may then mean: in the stream beside it (ISO 32000-2 §7.5.8.4)."""
        return b"/XRefStm" in self.trailer

    def _table_entry(self, place: int) -> Located | None:
        entry = _ENTRY.match(self.data, place)
        if entry is None:
            raise Declined("a cross-reference entry of another form")
        return Located(int(entry[1])) if entry[3] == b"n" else None

    def _at(self, place: int, word: bytes) -> bool:
        return bool(self.data[place : place + len(word)] == word)

    # ------------------------------------------------------------ pages

    def root(self) -> tuple[tuple[int, int], Dictionary]:
        """The catalog's number and entries."""
        number = reference(self.trailer.get(b"/Root", b""))
        entries = self.entries(self.trailer.get(b"/Root"))
        if number is None or entries is None:
            raise Declined("no catalog")
        return number, entries

    def page(self, index: int) -> tuple[tuple[int, int], list[Dictionary]]:
        """The number of page ``index`` (from 0), and its entries followed by those of the nodes above it."""
        node = self.root()[1].get(b"/Pages", b"")
        above: list[Dictionary] = []
        for _level in range(MAX_DEPTH):
            entries = self._node(node)
            if entries is None:
                break
            above.insert(0, entries)
            if b"/Kids" not in entries:
                number = reference(node)
                if index == 0 and number is not None and entries.get(b"/Type") == b"/Page":
                    return number, above
                break
            node, index = self._kid(entries, index)
        raise Declined("an irregular page tree")

    def _node(self, raw: bytes) -> Dictionary | None:
        """A node of the tree, remembered: a stamp on each of many pages would read the same one as often."""
        if raw not in self._nodes:
            self._nodes[raw] = self.entries(raw)
        return self._nodes[raw]

    def _kid(self, node: Dictionary, index: int) -> tuple[bytes, int]:
        """The kid that holds page ``index`` of ``node``, and the page's index within it."""
        raw = node[b"/Kids"]
        if raw not in self._kids:
            self._kids[raw] = self.elements(raw) or []
        kids = self._kids[raw]
        if len(kids) == self.count(node):  # a kid with none and another with two would be seen at the page itself
            return (kids[index], 0) if index < len(kids) else (b"", 0)
        for kid in kids:
            entries = self._node(kid)
            pages = 1 if entries is not None and b"/Kids" not in entries else self.count(entries or {})
            if index < pages:
                return kid, index
            index -= pages
        return b"", 0

    def count(self, node: Dictionary) -> int:
        number = self.value(node.get(b"/Count"))
        if number is None or not number.isdigit():
            raise Declined("a page tree without count")
        return int(number)


def inherited(nodes: list[Dictionary], key: bytes) -> bytes | None:
    """An inheritable attribute from the page or the nearest node above it (ISO 32000-2 §7.7.3.4)."""
    return next((node[key] for node in nodes if node.get(key, b"null") != b"null"), None)


def _stream_entry(section: Stream, number: int) -> Located | None:
    first, second, third = section.widths
    place = section.place + (number - section.first) * (first + second + third)
    row = section.rows[place : place + first + second + third]
    if len(row) < first + second + third:
        raise Declined("a cross-reference stream is too short")
    kind = int.from_bytes(row[:first], "big") if first else 1
    one, two = int.from_bytes(row[first : first + second], "big"), int.from_bytes(row[first + second :], "big")
    if kind == 1:
        return Located(one)
    return Located(container=one, index=two) if kind == 2 else None


def _unpredicted(data: bytes, columns: int) -> bytes:
    """PNG's "up" and "none" undone, the only predictors that writers use here (ISO 32000-2 §7.4.4.4)."""
    return b"".join(_rows(data, columns))


def _rows(data: bytes, columns: int) -> Iterator[bytes]:
    above = bytes(columns)
    for place in range(0, len(data) - columns, columns + 1):
        kind, row = data[place], data[place + 1 : place + 1 + columns]
        if kind == 2:
            row = bytes((one + other) & 255 for one, other in zip(row, above, strict=True))
        elif kind != 0:
            raise Declined("a predictor that is not known here")
        yield row
        above = row
