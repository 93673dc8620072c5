"""A record's values as a form, and the form as values: one way of typing for each type of field."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from rubrica.records import paths
from rubrica.records.access import Sight
from rubrica.records.models import Record
from rubrica.records.paths import Place
from rubrica.records.schema import Field, LineBlock, Shape, declared

Json = dict[str, Any]
MOST_LINES = 5000
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?).*")


@dataclass(frozen=True)
class Cell:
    """A field with what it holds; for files ``path`` is where they lie, empty while there is no record."""

    field: Field
    name: str  # of its input
    value: Any
    may_edit: bool
    place: Place | None = None
    path: str = ""

    @property
    def text(self) -> str:
        """As an input shows it."""
        if isinstance(self.value, list):
            return "\n".join(map(str, self.value))
        if self.field.type == "dateTime" and self.value:
            return MOMENT.sub(r"\1", str(self.value))
        return "" if self.value is None else str(self.value)

    @property
    def chosen(self) -> list[str]:
        return self.value if isinstance(self.value, list) else [self.value] if self.value is not None else []

    @property
    def is_long(self) -> bool:
        return len(self.text) > 80 or "\n" in self.text


@dataclass(frozen=True)
class Line:
    id: str
    prefix: str
    external: str
    cells: list[Cell] = field(default_factory=list)

    @property
    def with_files(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.field.is_attachment and cell.path]


@dataclass(frozen=True)
class Table:
    block: LineBlock
    fields: list[Field]
    lines: list[Line]
    may_create: bool
    may_delete: bool


def cells(shape: Shape, sight: Sight, values: Json, record: Record | None = None) -> list[Cell]:
    """What the member sees, files last: they are not sent with the form."""
    found = [
        Cell(one, f"v-{one.name}", values.get(one.name), sight.edits(one.name), Place(one), one.name if record else "")
        for one in shape.fields
        if sight.sees(one.name)
    ]
    return sorted(found, key=lambda cell: cell.field.is_attachment)


def tables(shape: Shape, sight: Sight, values: Json, record: Record | None = None) -> list[Table]:
    return [
        Table(
            block,
            seen,
            [_line(block, seen, sight, line, number, record) for number, line in enumerate(values.get(block.name, ()))],
            sight.creates(block.name),
            sight.deletes(block.name),
        )
        for block in shape.line_blocks
        if (seen := [one for one in block.fields if sight.sees(declared(block, one))])
    ]


def _line(block: LineBlock, seen: list[Field], sight: Sight, line: Json, number: int, record: Record | None) -> Line:
    prefix, key = f"l-{block.name}-{number}", str(line.get("_id", ""))
    made = []
    for one in seen:
        path = f"{paths.of_line(block.name, key)}{one.name}" if record and key else ""
        may = sight.edits(declared(block, one))
        made.append(Cell(one, f"{prefix}-{one.name}", line.get(one.name), may, Place(one, block, key), path))
    return Line(key, prefix, str(line.get("externalId", "")), made)


def sent(shape: Shape, sight: Sight, data: QueryDict, record: Record | None = None) -> Json:
    """The body of a change: whatever the member may edit and the form brought; what is empty is null.

    A line goes whole, so its signatures, which no form brings back, are taken from the ``record``.
    """
    told: Json = {one.name: _value(one, data, f"v-{one.name}") for one in shape.fields if _came(one, sight, data)}
    for name in ("status", "externalId"):
        if name in data and sight.edits(name):
            told[name] = _text(data, name).strip() or None
    for block in shape.line_blocks:
        if f"l-{block.name}" in data:
            held = {str(line["_id"]): line for line in (record.lines(block.name) if record else ())}
            told[block.name] = list(_lines(block, sight, data, held))
    return told


def _came(one: Field, sight: Sight, data: QueryDict) -> bool:
    return not one.is_attachment and sight.edits(one.name) and f"v-{one.name}" in data


def _lines(block: LineBlock, sight: Sight, data: QueryDict, held: dict[str, Json]) -> Iterator[Json]:
    word = data.get("do", "")
    pattern = re.compile(rf"l-{block.name}-(\d{{1,4}})-_id")
    numbers = sorted(int(match[1]) for name in data if (match := pattern.fullmatch(name)))[:MOST_LINES]
    for number in numbers:
        prefix = f"l-{block.name}-{number}"
        if word != f"drop:{prefix}":
            signed = held.get(data.get(f"{prefix}-_id", ""), {})
            kept = {name: value for name, value in _signatures(block, sight, signed) if f"{prefix}-{name}" not in data}
            yield kept | _sent_line(block, sight, data, prefix)
    if word == f"add:{block.name}":
        yield {}


def _signatures(block: LineBlock, sight: Sight, line: Json) -> Iterator[tuple[str, Any]]:
    for one in block.fields:
        if one.type == "signature" and one.name in line and sight.sees(declared(block, one)):
            yield one.name, line[one.name]


def _sent_line(block: LineBlock, sight: Sight, data: QueryDict, prefix: str) -> Json:
    line: Json = {}
    if key := data.get(f"{prefix}-_id"):
        line["_id"] = key
    if external := data.get(f"{prefix}-externalId", "").strip():
        line["externalId"] = external
    for one in block.fields:
        name = f"{prefix}-{one.name}"
        if not one.is_attachment and name in data and sight.sees(declared(block, one)):
            line[one.name] = _value(one, data, name)
    return {name: value for name, value in line.items() if value is not None}


def _value(one: Field, data: QueryDict, name: str) -> Any:
    if one.many:
        words = data.getlist(name) if one.type == "picklist" else _text(data, name).splitlines()
        return [word.strip() for word in words if word.strip()] or None
    text = _text(data, name) if one.type == "text" else _text(data, name).strip()
    if not text:
        return None
    if one.type == "number":
        return _number(text)
    if one.type == "boolean":
        return text == "true"
    return text.replace("\r\n", "\n")


def _text(data: QueryDict, name: str) -> str:
    return data.get(name, "").replace("\0", "")


def _number(text: str) -> Any:
    """Left as it was typed where it is none: the record store says then what is wrong with it."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text
