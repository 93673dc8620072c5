"""Pages that we typeset ourselves, brought into a revision: the first ones as form XObjects, the others as pages.

typst writes one object after the other, each part of it on lines of its own. So the whole file is cut in one pass, with
no look at its cross-references: through the reader for strangers' files this was a third of all that a seal costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rubrica.sealing.pdf.revision import Revision
from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.syntax import Dictionary, array, dictionary, renumbered, written

TREE_KEYS = (b"/Parent", b"/StructParents", b"/Tabs")  # they point back into the file a page came from
MAX_DEPTH = 64
_OBJECT = re.compile(rb"(\d++) 0 obj\n(.++)\n(endobj\n\s*+|stream\n)")
_LENGTH = re.compile(rb"/Length (\d++)(?! \d)")
_STREAM_END = re.compile(rb"\nendstream\nendobj\n\s*+")
_ROOT = re.compile(rb"trailer\n.*/Root (\d++) 0 R", re.DOTALL)
_REFERENCE = re.compile(rb"(\d++) 0 R\Z")


@dataclass
class Imported:
    """References to a form for each stamp, and pages with no place in a tree yet."""

    forms: list[bytes] = field(default_factory=list)
    pages: list[Dictionary] = field(default_factory=list)


class Part(NamedTuple):
    """An object: its value, and the data of its stream as they stand in the file, or None."""

    raw: bytes
    data: bytes | None


def imported(revision: Revision, typeset: bytes, stamps: int) -> Imported:
    """Everything of the PDF ``typeset``; nothing where that is empty."""
    found = Imported()
    if typeset:
        copy = Copy(revision, typeset)
        for index, page in enumerate(copy.typeset_pages()):
            if index < stamps:
                found.forms.append(copy.form(page))
            else:
                found.pages.append(copy.page(page))
    return found


class Copy:
    """What comes over from one typeset file; each object once, with all that it refers to."""

    def __init__(self, revision: Revision, typeset: bytes) -> None:
        self.revision = revision
        self.parts, end = _cut(typeset)
        root = _ROOT.search(typeset, end)
        if root is None:
            raise Declined("typeset pages without a catalog")
        self.root = dictionary(self.parts[int(root[1])].raw)
        self._numbers: dict[int, int] = {}
        self._waiting: list[int] = []

    def typeset_pages(self) -> Iterator[Dictionary]:
        """The pages' own entries in order, the tree's left out."""
        return self._beneath(self.root[b"/Pages"], MAX_DEPTH)

    def form(self, page: Dictionary) -> bytes:
        """A form XObject that draws what the page shows; the reference to it."""
        content = self.parts[_number(page[b"/Contents"])]
        if content.data is None:
            raise Declined("a stamp without content")
        kept = (b"/Length", b"/Filter", b"/DecodeParms")
        entries = {key: value for key, value in dictionary(content.raw).items() if key in kept} | {
            b"/Type": b"/XObject",
            b"/Subtype": b"/Form",
            b"/BBox": page[b"/MediaBox"],
            b"/Resources": self._copied(page.get(b"/Resources", b"<<>>")),
        }
        return self.revision.add(_whole(Part(written(entries), content.data)))

    def page(self, page: Dictionary) -> Dictionary:
        # Stated on the page itself, because the tree it goes into may have others to inherit.
        stated = {b"/CropBox": page[b"/MediaBox"], b"/Rotate": b"0", b"/Resources": b"<<>>"}
        return {key: self._copied(value) for key, value in {**stated, **page}.items()}

    def _beneath(self, node: bytes, depth: int) -> Iterator[Dictionary]:
        entries = dictionary(self.parts[_number(node)].raw)
        if b"/Kids" not in entries:
            yield {key: value for key, value in entries.items() if key not in TREE_KEYS}
        elif depth:
            for kid in array(entries[b"/Kids"]):
                yield from self._beneath(kid, depth - 1)

    def _copied(self, raw: bytes) -> bytes:
        """``raw`` with its references leading to copies of what they led to."""
        raw = renumbered(raw, self._number_of)
        while self._waiting:
            number = self._waiting.pop()
            part = self.parts[number]
            moved = part._replace(raw=renumbered(part.raw, self._number_of))
            self.revision.put(self._numbers[number], _whole(moved))
        return raw

    def _number_of(self, target: tuple[int, int]) -> int:
        number = target[0]
        if number not in self._numbers:
            self._numbers[number] = self.revision.reserve()
            self._waiting.append(number)
        return self._numbers[number]


def _cut(typeset: bytes) -> tuple[dict[int, Part], int]:
    """All objects by their numbers, and where the last one ends, behind which the cross-references must stand."""
    parts: dict[int, Part] = {}
    start = typeset.index(b" 0 obj\n")
    place = typeset.rindex(b"\n", 0, start) + 1
    while (found := _OBJECT.match(typeset, place)) is not None:
        number, raw, end = int(found[1]), found[2], found.end()
        if found[3] != b"stream\n":
            parts[number], place = Part(raw, None), end
        else:
            after = _STREAM_END.match(typeset, end + _length(raw))
            if after is None:
                raise Declined("a typeset stream does not end")
            parts[number], place = Part(raw, typeset[end : after.start()]), after.end()
    if not typeset.startswith(b"xref\n", place):
        raise Declined("typeset pages in another form")
    return parts, place


def _length(raw: bytes) -> int:
    found = _LENGTH.findall(raw)
    if len(found) != 1:
        raise Declined("a typeset stream without length")
    return int(found[0])


def _number(raw: bytes) -> int:
    found = _REFERENCE.match(raw)
    if found is None:
        raise Declined("typeset pages in another form")
    return int(found[1])


def _whole(part: Part) -> bytes:
    return part.raw if part.data is None else b"%s\nstream\n%s\nendstream" % part
