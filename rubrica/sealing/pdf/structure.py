"""The structure of a PDF as our own writer needs it: single objects and what they refer to.

Strict on purpose: whatever is unusual raises ``Declined`` and is left to a library that repairs. Nothing is read but
what is asked for, so that the cost follows what is changed and not the size of the file; all of it is counted
(``source.MAX_WORK``), and nothing goes as deep as a file says, so that it may also run where no sandbox is around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rubrica.sealing.pdf.crossref import CrossReferences, Located
from rubrica.sealing.pdf.source import Declined, Item, Source
from rubrica.sealing.pdf.syntax import Buffer, Dictionary, Malformed, array, dictionary, reference, skip_gap, value_end

MAX_MEMBERS = 1_000_000  # of one object stream
MEMBER_COST = 128  # bytes of memory that remembering one member's number and place takes
MAX_HOPS = 8


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


class Structure:
    """A PDF in memory or mapped into it. Raises ``Declined`` for everything that is not as it should be."""

    def __init__(self, data: Buffer, length: int) -> None:
        self.source = Source(data, length)
        self.crossrefs = CrossReferences(self.source)
        self.trailer = self.crossrefs.trailer
        self._unpacked: dict[int, Members] = {}
        if b"/Encrypt" in self.trailer:
            raise Declined("encrypted")

    def root(self) -> tuple[tuple[int, int], Dictionary]:
        """The catalog's number and entries."""
        number = reference(self.trailer.get(b"/Root", b""))
        entries = self.entries(self.trailer.get(b"/Root"))
        if number is None or entries is None:
            raise Declined("no catalog")
        return number, entries

    def items(self) -> Iterator[Item]:
        """All objects in use; they have no generations in a file that was written once."""
        for number, where in self.crossrefs.everything():
            yield self._item_at(where, number, 0)

    def value(self, raw: bytes | None) -> bytes | None:
        """``raw`` with references followed; None for null and for what does not exist."""
        for _hop in range(MAX_HOPS):
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
        self.source.spend(len(value))
        return dictionary(value)

    def elements(self, raw: bytes | None) -> list[bytes] | None:
        """The elements of the array that ``raw`` is or refers to, or None."""
        value = self.value(raw)
        if value is None or not value.startswith(b"["):
            return None
        self.source.spend(len(value))
        return array(value)

    def item(self, number: int, generation: int = 0) -> Item | None:
        """The object, or None where there is none of that number."""
        where = self.crossrefs.locate(number)
        return None if where is None else self._item_at(where, number, generation)

    def _item_at(self, where: Located, number: int, generation: int) -> Item:
        try:
            if where.container:
                raw = self._members(where.container).raw(where.member, number)
                self.source.spend(len(raw))
                return Item(raw)
            return self.source.item(where.place, number, generation)
        except (Malformed, LookupError, ValueError, ArithmeticError) as error:
            raise Declined(f"object {number}: {error}") from error

    def stream_data(self, item: Item, entries: Dictionary | None = None) -> bytes:
        """The data of a stream as it stands in the file, its filters not undone."""
        return self.source.stream_data(item, self._length(item, entries))

    def stream_end(self, item: Item, entries: Dictionary | None = None) -> int:
        """Where the data of a stream ends, which must be where its ``entries`` say."""
        return self.source.stream_end(item, self._length(item, entries))

    def _length(self, item: Item, entries: Dictionary | None) -> bytes | None:
        return self.value((entries or dictionary(item.raw)).get(b"/Length"))

    def _members(self, number: int) -> Members:
        """An object stream (ISO 32000-2 §7.5.7), to be cut at the offsets in its head, which shall rise."""
        if number not in self._unpacked:
            where = self.crossrefs.locate(number)
            if where is None or where.container:
                raise Declined("an object stream in another")
            item = self.source.item(where.place, number, 0)
            entries = dictionary(item.raw)
            data = self.source.decoded(self.stream_data(item, entries), entries)
            count, first = int(entries[b"/N"]), int(entries[b"/First"])
            if not (0 <= count <= MAX_MEMBERS and 0 <= first <= len(data)):
                raise Declined("an object stream with an impossible head")
            self.source.spend(count * MEMBER_COST)
            head = [int(word) for word in data[:first].split(None, 2 * count)[: 2 * count]]
            places = [*(first + offset for offset in head[1::2]), len(data)]
            if len(head) < 2 * count or any(one >= other for one, other in pairwise(places)):
                raise Declined("an object stream whose offsets do not rise")
            self._unpacked[number] = Members(data, tuple(head[::2]), tuple(places))
        return self._unpacked[number]
