"""Single pages of a file, found by walking down its page tree (ISO 32000-2 §7.7.3) and not over all of it."""

from __future__ import annotations

from rubrica.sealing.pdf.source import Declined
from rubrica.sealing.pdf.structure import Structure
from rubrica.sealing.pdf.syntax import Dictionary, reference

MAX_DEPTH = 64


class PageTree:
    """Nodes are remembered: a stamp on each of many pages would read the same ones as often."""

    def __init__(self, pdf: Structure) -> None:
        self.pdf = pdf
        self.root = pdf.root()[1].get(b"/Pages", b"")
        self._nodes: dict[bytes, Dictionary | None] = {}
        self._kids: dict[bytes, list[bytes]] = {}

    def count(self) -> int:
        """How many pages the tree says that it has."""
        return self._count(self._node(self.root) or {})

    def page(self, index: int) -> tuple[tuple[int, int], list[Dictionary]]:
        """The number of page ``index`` (from 0), and its entries followed by those of the nodes above it."""
        node = self.root
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
        if raw not in self._nodes:
            self._nodes[raw] = self.pdf.entries(raw)
        return self._nodes[raw]

    def _kid(self, node: Dictionary, index: int) -> tuple[bytes, int]:
        """The kid that holds page ``index`` of ``node``, and the page's index within it."""
        raw = node[b"/Kids"]
        if raw not in self._kids:
            self._kids[raw] = self.pdf.elements(raw) or []
        kids = self._kids[raw]
        if len(kids) == self._count(node):  # a kid with none and another with two would be seen at the page itself
            return (kids[index], 0) if index < len(kids) else (b"", 0)
        for kid in kids:
            entries = self._node(kid)
            pages = 1 if entries is not None and b"/Kids" not in entries else self._count(entries or {})
            if index < pages:
                return kid, index
            index -= pages
        return b"", 0

    def _count(self, node: Dictionary) -> int:
        number = self.pdf.value(node.get(b"/Count"))
        if number is None or not number.isdigit():
            raise Declined("a page tree without count")
        return int(number)


def inherited(nodes: list[Dictionary], key: bytes) -> bytes | None:
    """An inheritable attribute from the page or the nearest node above it (ISO 32000-2 §7.7.3.4)."""
    return next((node[key] for node in nodes if node.get(key, b"null") != b"null"), None)
