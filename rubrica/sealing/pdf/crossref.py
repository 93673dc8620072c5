"""Where the objects of a PDF are: its cross-references as tables and streams, and the trailer (ISO 32000-2 §7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rubrica.sealing.pdf.source import Declined, Source
from rubrica.sealing.pdf.syntax import SPACE, WHITE, Dictionary, Malformed, array, dictionary, skip_gap

TAIL = 2048  # bytes at the end in which startxref is looked for
MAX_SECTIONS = 1000
MAX_RUNS = 100_000  # subsections of all cross-references together; each look at an object may pass all of them
MAX_WIDTH = 8  # bytes of a column of a cross-reference stream
ENTRY_BYTES = 20
_START = re.compile(rb"startxref[" + SPACE + rb"]++(\d++)[" + SPACE + rb"]++%%EOF")
_SUBSECTION = re.compile(rb"(\d++) (\d++)[ ]*+[\r\n]++")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r\n]{2}")


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


class Located(NamedTuple):
    """Where an object is: at a place in the file, or as number ``member`` in the object stream ``container``."""

    place: int = 0
    container: int = 0
    member: int = 0


class CrossReferences:
    """All sections of a file, the newest first. Raises ``Declined`` for everything that is not as it should be."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._sections: list[Table | Stream] = []
        self.start = self._find_start()
        self.uses_streams = not source.has(self.start, b"xref")
        self.size = 0
        self.trailer: Dictionary = {}
        self._read_sections()

    def locate(self, number: int) -> Located | None:
        """Where the object of that number is, or None where there is none."""
        self.source.spend(len(self._sections))
        for section in self._sections:
            if section.first <= number < section.first + section.count:
                if isinstance(section, Table):
                    found = self._table_entry(section.place + (number - section.first) * ENTRY_BYTES)
                else:
                    found = _stream_entry(section, number)
                if found is not None or not self._is_hybrid:
                    return found
        return None

    def everything(self) -> Iterator[tuple[int, Located]]:
        """The numbers of all objects in use, and where they are."""
        for section in self._sections:
            for number in range(section.first, section.first + section.count):
                if (where := self.locate(number)) is not None:
                    yield number, where

    @property
    def _is_hybrid(self) -> bool:
        """Free in the table may then mean: in the stream beside it (ISO 32000-2 §7.5.8.4)."""
        return b"/XRefStm" in self.trailer

    def _table_entry(self, place: int) -> Located | None:
        entry = _ENTRY.match(self.source.data, place)
        if entry is None:
            raise Declined("a cross-reference entry of another form")
        return Located(int(entry[1])) if entry[3] == b"n" else None

    # ------------------------------------------------------------ reading

    def _find_start(self) -> int:
        source = self.source
        tail = bytes(source.data[max(0, source.length - TAIL) : source.length])
        found = list(_START.finditer(tail))
        if not found or tail[found[-1].end() :].strip(WHITE):
            raise Declined("no end of file")
        return int(found[-1][1])

    def _read_sections(self) -> None:
        waiting, seen = [self.start], set[int]()
        while waiting:
            place = waiting.pop(0)
            if place in seen or len(seen) > MAX_SECTIONS or not 0 < place < self.source.length:
                raise Declined("cross-references that lead nowhere")
            seen.add(place)
            try:
                trailer = self._read_table(place) if self.source.has(place, b"xref") else self._read_stream(place)
                self.trailer = self.trailer or trailer
                self.size = max(self.size, int(trailer[b"/Size"]))
                waiting += [int(trailer[key]) for key in (b"/XRefStm", b"/Prev") if key in trailer]
            except (Malformed, LookupError, ValueError, ArithmeticError) as error:
                raise Declined(f"cross-references at {place}: {error}") from error

    def _read_table(self, place: int) -> Dictionary:
        data = self.source.data
        place = skip_gap(data, place + 4)
        while not self.source.has(place, b"trailer"):
            head = _SUBSECTION.match(data, place)
            if head is None:
                raise Declined("a cross-reference table of another form")
            self._add(Table(int(head[1]), int(head[2]), head.end()))
            place = skip_gap(data, head.end() + int(head[2]) * ENTRY_BYTES)
        return dictionary(data, place + 7)

    def _read_stream(self, place: int) -> Dictionary:
        number = self.source.number_at(place)
        if number is None:
            raise Declined("no cross-references")
        item = self.source.item(place, *number)
        entries = dictionary(item.raw)
        if entries.get(b"/Type") != b"/XRef":
            raise Declined("no cross-reference stream")
        first, second, third = (int(width) for width in array(entries[b"/W"]))
        if not (0 <= first <= MAX_WIDTH and 0 < second <= MAX_WIDTH and 0 <= third <= MAX_WIDTH):
            raise Declined("a cross-reference stream of impossible columns")
        # Its length must stand in it: before the cross-references are read nothing else can be found.
        rows = self.source.decoded(self.source.stream_data(item, entries.get(b"/Length")), entries)
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
    return Located(container=one, member=two) if kind == 2 else None
