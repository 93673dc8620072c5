"""A body that makes or changes a record, read against the shape of its definition: what is to be stored, and where.

Absent keys are untouched, null clears, and an array that is given replaces the whole of what was there. Lines are
recognised by ``_id`` or ``externalId``, so that their ids and files stay (contract/aero.md §4.1).
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rubrica.records import values
from rubrica.records.access import Sight
from rubrica.records.errors import Forbidden, Wrong
from rubrica.records.ids import new_line_key
from rubrica.records.schema import Field, LineBlock, Shape
from rubrica.web.text import is_one_line

MOST_LINES = 5000  # of one block
LONGEST_EXTERNAL_ID = 255
NEW = "new"  # the last part of the address that makes a record
BESIDE = {"status", "externalId", "accessGroups"}


@dataclass(frozen=True)
class Given:
    """What a body says of a field of files: entries with an ``_id`` each; ``said`` is where it stood."""

    field: Field
    entries: list[dict[str, Any]]
    said: str


@dataclass
class Changes:
    """``values`` and ``gone`` by declared name; ``files`` by canonical path."""

    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    gone: set[str] = dataclasses.field(default_factory=set)
    files: dict[str, Given] = dataclasses.field(default_factory=dict)
    lost_lines: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    beside: dict[str, Any] = dataclasses.field(default_factory=dict)


class Reader:
    """``before`` are the record's values, None for a new one; ``files_in`` has the keys of the files at a path."""

    def __init__(
        self, shape: Shape, sight: Sight, before: dict[str, Any] | None, files_in: Callable[[str], list[str]]
    ) -> None:
        self.shape, self.sight, self.before, self.files_in = shape, sight, before, files_in
        self.changes = Changes()

    def read(self, body: dict[str, Any]) -> Changes:
        for key, value in body.items():
            if key in BESIDE:
                self.changes.beside[key] = value
            elif block := self.shape.block(key):
                self._block(block, value)
            elif not key.startswith("_"):
                for name, one in self._fields(key, value):
                    self._field(name, one)
        return self.changes

    def _fields(self, key: str, value: Any) -> Iterator[tuple[str, Any]]:
        """A group comes as an object, or its fields come one by one under their dotted names."""
        if self.shape.field(key) is not None:
            yield key, value
        elif isinstance(value, dict) and any(one.name.startswith(f"{key}.") for one in self.shape.fields):
            for inner, one in value.items():
                yield from self._fields(f"{key}.{inner}", one)
        else:
            raise Wrong(key, "is not allowed")

    def _field(self, name: str, value: Any) -> None:
        known = self.shape.field(name)
        assert known is not None
        if self._is_as_it_was(known, value):
            return
        if known.is_attachment and self.sight.sees(name):
            self._files(name, name, files(known, value, name))
            return
        self._check_right(name)
        if _cleared(known, value, name):
            self.changes.gone.add(name)
        else:
            self.changes.values[name] = values.check(known, value, name)

    def _is_as_it_was(self, known: Field, value: Any) -> bool:
        """Whoever sends back all that they read may leave alone what they must not change."""
        return self.sight.sees(known.name) and self.before is not None and self.before.get(known.name, ...) == value

    def _files(self, declared: str, path: str, given: Given) -> None:
        """The same files in the same order are as it was, too."""
        if self.sight.edits(declared):
            self.changes.files[path] = given
        elif [one["_id"] for one in given.entries] != self.files_in(path):
            raise Forbidden("may not be changed by you", declared)

    def _check_right(self, declared: str) -> None:
        if not self.sight.sees(declared):
            raise Wrong(declared, "is not allowed")  # what nobody shows the caller is unknown to them
        if not self.sight.edits(declared):
            raise Forbidden("may not be changed by you", declared)

    def _block(self, block: LineBlock, value: Any) -> None:
        if not self.sight.sees(block.name) and not any(self.sight.sees(f"{block.name}.{f.name}") for f in block.fields):
            raise Wrong(block.name, "is not allowed")
        if value is not None and not isinstance(value, list):
            raise Wrong(block.name, "must be an array")
        if len(value or []) > MOST_LINES:
            raise Wrong(block.name, "must contain less than or equal to %(most)s items", most=MOST_LINES)
        old = list((self.before or {}).get(block.name, []))
        was = [line["_id"] for line in old]
        lines = [self._line(block, one, f"{block.name}[{index}]", old) for index, one in enumerate(value or [])]
        _check_external_ids(block, lines)
        kept = [line["_id"] for line in lines if line["_id"] in was]
        if kept != [key for key in was if key in kept] and not self.sight.edits(block.name):
            raise Forbidden("may not be put in another order by you", block.name)
        if old and not self.sight.deletes(block.name):
            raise Forbidden("may not lose lines by you", block.name)
        self.changes.lost_lines += [(block.name, str(line["_id"])) for line in old]
        if lines:
            self.changes.values[block.name] = lines
        else:
            self.changes.gone.add(block.name)

    def _line(self, block: LineBlock, value: Any, path: str, old: list[dict[str, Any]]) -> dict[str, Any]:
        """The line as it is stored; one that was there is taken out of ``old``."""
        if not isinstance(value, dict):
            raise Wrong(path, "must be of type object")
        known = self._known(value, path, old)
        if known is None and not self.sight.creates(block.name):
            raise Forbidden("may not get new lines from you", block.name)
        line: dict[str, Any] = {"_id": known["_id"] if known else new_line_key()}
        external = value.get("externalId", known.get("externalId") if known else None)
        if external is not None:
            line["externalId"] = external_id(external, f"{path}.externalId")
        if known and external != known.get("externalId") and not self.sight.edits(block.name):
            raise Forbidden("may not be changed by you", f"{block.name}.externalId")
        for key, one in value.items():
            if key != "externalId" and not key.startswith("_"):
                self._line_field(block, key, one, path, line)
        return self._with_what_is_hidden(block, line, known or {}, value)

    def _known(self, value: dict[str, Any], path: str, old: list[dict[str, Any]]) -> dict[str, Any] | None:
        if self.before is None:
            return None  # ids in the body of a new record are those of another
        for name in ("_id", "externalId"):
            if value.get(name) is None:
                continue
            for line in old:
                if line.get(name) == value[name]:
                    old.remove(line)
                    return line
            if name == "_id":
                raise Wrong(f"{path}._id", "must be the _id of a line of this document")
        return None

    def _line_field(self, block: LineBlock, key: str, value: Any, path: str, line: dict[str, Any]) -> None:
        known = block.field(key)
        if known is None:
            raise Wrong(f"{path}.{key}", "is not allowed")
        declared = f"{block.name}.{key}"
        if not self.sight.sees(declared):
            raise Wrong(f"{path}.{key}", "is not allowed")
        if known.is_attachment:
            self._files(declared, f"{block.name}.{line['_id']}.{key}", files(known, value, f"{path}.{key}"))
        elif not _cleared(known, value, f"{path}.{key}"):
            line[key] = values.check(known, value, f"{path}.{key}")

    def _with_what_is_hidden(
        self, block: LineBlock, line: dict[str, Any], known: dict[str, Any], said: dict[str, Any]
    ) -> dict[str, Any]:
        """A caller sends whole lines of what they may edit; what they do not see stays, and what they only see too."""
        for one in block.fields:
            declared = f"{block.name}.{one.name}"
            may = self.sight.sees(declared) and self.sight.edits(declared)
            if one.name in known and one.name not in said and not may:
                line[one.name] = known[one.name]
            elif line.get(one.name) != known.get(one.name) and not self.sight.edits(declared):
                raise Forbidden("may not be changed by you", declared)
        return line


def _cleared(known: Field, value: Any, path: str) -> bool:
    if not values.is_empty(value):
        return False
    if known.required:
        raise Wrong(path, "is required")
    return value is None or known.type != "text"


def files(known: Field, value: Any, path: str) -> Given:
    """Only the ``_id`` of each entry counts; the rest is the server's to say."""
    entries = [] if value is None else value
    if not isinstance(entries, list) or not all(isinstance(one, dict) and _is_text(one.get("_id")) for one in entries):
        raise Wrong(path, "must be an array of attachments with an _id")
    if len({one["_id"] for one in entries}) < len(entries):
        raise Wrong(path, "must not contain the same attachment twice")
    return Given(known, entries, path)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def external_id(value: Any, path: str = "externalId") -> str:
    """Any line of text without a slash, which no address could carry safely."""
    if not isinstance(value, str):
        raise Wrong(path, "must be a string")
    if not 0 < len(value) <= LONGEST_EXTERNAL_ID:
        raise Wrong(path, "length must be between 1 and %(most)s characters", most=LONGEST_EXTERNAL_ID)
    if "/" in value or not is_one_line(value):
        raise Wrong(path, "must not contain a slash or control characters")
    if value in {NEW, ".", ".."}:
        raise Wrong(path, "must not be a reserved word")
    return value


def _check_external_ids(block: LineBlock, lines: list[dict[str, Any]]) -> None:
    given = [line["externalId"] for line in lines if "externalId" in line]
    if len(set(given)) < len(given):
        raise Wrong(block.name, "must not contain the same externalId twice")
