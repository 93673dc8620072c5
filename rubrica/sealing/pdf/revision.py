"""One incremental update of a PDF (ISO 32000-2 §7.5.6): objects, new or replaced, and where they are."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Dictionary, array, written

KEPT = (b"/Root", b"/Info")  # of the trailer


@dataclass(frozen=True)
class Rendered:
    """The bytes to append, and the place in the file of each object that was written."""

    data: bytes
    places: Mapping[int, int]


class Revision:
    """Collects objects; numbers given out are above all of the file's own."""

    def __init__(self, pdf: Structure) -> None:
        self.pdf = pdf
        self._next = pdf.crossrefs.size
        self._objects: dict[tuple[int, int], bytes] = {}

    def reserve(self) -> int:
        self._next += 1
        return self._next - 1

    def add(self, body: bytes) -> bytes:
        """A new object; the reference to it."""
        number = self.reserve()
        self.put(number, body)
        return b"%d 0 R" % number

    def put(self, number: int, body: bytes, generation: int = 0) -> None:
        self._objects[number, generation] = body

    def add_stream(self, data: bytes, entries: Mapping[bytes, bytes] | None = None, *, pack: bool = True) -> bytes:
        """A new stream, deflated where ``pack`` says so; the reference to it."""
        return self.add(stream(data, entries or {}, pack=pack))

    def rendered(self) -> Rendered:
        """The update as it follows the file, with a cross-reference section of the kind that the file has."""
        parts, places = [b"\n"], {}
        place = self.pdf.source.length + 1
        for (number, generation), body in self._objects.items():
            part = b"%d %d obj\n%s\nendobj\n" % (number, generation, body)
            places[number, generation] = place
            parts.append(part)
            place += len(part)
        end = self._stream_section if self.pdf.crossrefs.uses_streams else self._table_section
        parts.append(end(places, place))
        return Rendered(b"".join(parts), {number: at for (number, _generation), at in places.items()})

    def _table_section(self, places: Mapping[tuple[int, int], int], place: int) -> bytes:
        if place >= 10**10:
            raise Declined("too large for a table")
        parts = [b"xref\n"]
        for run in _runs(places):
            parts.append(b"%d %d\n" % (run[0][0], len(run)))
            parts += [b"%010d %05d n \n" % (places[item], item[1]) for item in run]
        trailer = self._trailer() | {b"/Size": b"%d" % self._next}
        return b"%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (b"".join(parts), written(trailer), place)

    def _stream_section(self, places: Mapping[tuple[int, int], int], place: int) -> bytes:
        number = self.reserve()
        all_places = {**places, (number, 0): place}
        width = max(4, (place.bit_length() + 7) // 8)
        runs = list(_runs(all_places))
        rows = b"".join(
            b"\1" + all_places[item].to_bytes(width, "big") + item[1].to_bytes(2, "big") for run in runs for item in run
        )
        entries = self._trailer() | {
            b"/Type": b"/XRef",
            b"/Size": b"%d" % self._next,
            b"/W": b"[1 %d 2]" % width,
            b"/Index": b"[%s]" % b" ".join(b"%d %d" % (run[0][0], len(run)) for run in runs),
        }
        return b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream(rows, entries), place)

    def _trailer(self) -> Dictionary:
        """What stays of the trailer; the second identifier is new with each update (ISO 32000-2 §14.4)."""
        trailer = {key: self.pdf.trailer[key] for key in KEPT if key in self.pdf.trailer}
        new = b"<%s>" % secrets.token_hex(16).encode()
        old = array(self.pdf.value(self.pdf.trailer.get(b"/ID")) or b"[]")
        return trailer | {
            b"/Prev": b"%d" % self.pdf.crossrefs.start,
            b"/ID": b"[%s %s]" % (old[0] if old else new, new),
        }


def stream(data: bytes, entries: Mapping[bytes, bytes], *, pack: bool = True) -> bytes:
    head = dict(entries)
    if pack:
        data = zlib.compress(data)
        head[b"/Filter"] = b"/FlateDecode"
    head[b"/Length"] = b"%d" % len(data)
    return b"%s\nstream\n%s\nendstream" % (written(head), data)


def _runs(places: Mapping[tuple[int, int], int]) -> Iterator[list[tuple[int, int]]]:
    """Objects in order, cut where a number is missing."""
    run: list[tuple[int, int]] = []
    for item in sorted(places):
        if run and item[0] != run[-1][0] + 1:
            yield run
            run = []
        run.append(item)
    if run:
        yield run
