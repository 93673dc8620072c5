"""``valuePath``: where in a record a file lies (contract/aero.md §2).

``picture``, ``attachments.invoiceFiles`` (a field inside a group), ``lines.<line>.photo`` or ``lines[<line>].photo``,
where the line is named by its ``_id``, else its ``externalId``, else its place from 0.
"""

import re
from dataclasses import dataclass
from typing import Any

from rubrica.records.errors import NotFound, Wrong
from rubrica.records.schema import Field, LineBlock, Shape

LONGEST = 1000  # characters
INDEX = re.compile(r"\d{1,6}")


@dataclass(frozen=True)
class Place:
    """A field, and for one of a line the block and the line as the caller named it."""

    field: Field
    block: LineBlock | None = None
    line: str = ""

    @property
    def declared(self) -> str:
        return f"{self.block.name}.{self.field.name}" if self.block else self.field.name

    def canonical(self, values: dict[str, Any]) -> str:
        """The path under which attachments of this record are kept. Raises NotFound when there is no such line."""
        if self.block is None:
            return self.field.name
        return f"{self.block.name}.{self._line_id(values)}.{self.field.name}"

    def _line_id(self, values: dict[str, Any]) -> str:
        assert self.block is not None
        lines = values.get(self.block.name, [])
        for name in ("_id", "externalId"):
            for line in lines:
                if line.get(name) == self.line:
                    return str(line["_id"])
        if INDEX.fullmatch(self.line) and int(self.line) < len(lines):
            return str(lines[int(self.line)]["_id"])
        raise NotFound('There is no line "%(line)s" in "%(block)s".', line=self.line, block=self.block.name)


def attachment_place(shape: Shape, text: str | None, name: str = "valuePath", source: str = "Query") -> Place:
    """The attachment field that a path leads to. Raises Wrong; ``name`` and ``source`` say where the path stood."""
    if not text:
        raise Wrong(name, "is required", source)
    if len(text) > LONGEST:
        raise Wrong(name, "length must be less than or equal to %(most)s characters long", source, most=LONGEST)
    place = find(shape, text)
    if place is None:
        raise Wrong(name, "must lead to a field of the document definition", source)
    if not place.field.is_attachment:
        raise Wrong(name, "must lead to a field of type attachment", source)
    return place


def find(shape: Shape, text: str) -> Place | None:
    """A declared field wins over a line of a block."""
    if field := shape.field(text):
        return Place(field)
    block = shape.block(re.split(r"[.\[]", text, maxsplit=1)[0])
    if block is None:
        return None
    # The name of a field has dots, and so may the key of a line: the longest field that is declared is meant.
    for field in sorted(block.fields, key=lambda one: -len(one.name)):
        line = _line_before(text.removeprefix(block.name), field.name)
        if line:
            return Place(field, block, line)
    return None


def _line_before(rest: str, field: str) -> str:
    """``0`` of ``.0.photo``, ``a.b`` of ``[a.b].photo``; empty where the rest ends in another field."""
    if not rest.endswith(f".{field}"):
        return ""
    key = rest.removesuffix(f".{field}")
    if key.startswith("[") and key.endswith("]"):
        return key[1:-1]
    return key[1:] if key.startswith(".") else ""


def of_line(block: str, line_id: str) -> str:
    """What the canonical paths of all attachments of a line begin with."""
    return f"{block}.{line_id}."


def parts(canonical: str, shape: Shape) -> tuple[str, str, str]:
    """Block, line id and field name of a canonical path; the first two are empty for a field of the record itself."""
    first, _, rest = canonical.partition(".")
    if shape.block(first) is None:
        return "", "", canonical
    line, _, field = rest.partition(".")
    return first, line, field
