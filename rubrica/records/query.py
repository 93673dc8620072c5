"""Filters in the words of MongoDB, as parameterised SQL over the JSON of records (contract/aero.md §4.3).

Field names come from the definition and values travel as parameters, so a caller's text is never part of a statement.
Equality is asked by containment, which the index on ``values`` answers; everything else by a JSON path, whose
comparisons fail quietly where a value is of another type, as MongoDB's do.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rubrica.records.access import Rights
from rubrica.records.errors import Forbidden, Wrong
from rubrica.records.ids import user_id
from rubrica.records.schema import Field, LineBlock, Shape, declared
from rubrica.records.values import moment

MOST_CONDITIONS = 200
DEEPEST = 20
MOST_WORDS = 1000  # in one $in
LONGEST_PATTERN = 200  # characters
BACK_REFERENCE = re.compile(r"\\[1-9]")  # what makes a pattern take time beyond all bounds
SOURCE = "Query"
COLUMNS = {
    "_id": "r.key",
    "externalId": "r.external_id",
    "status": "r.status",
    "_createdOn": "r.created_at",
    "_lastModifiedOn": "r.modified_at",
    "_createdByUserId": "r.created_by_id",
    "_lastModifiedByUserId": "r.modified_by_id",
}
MOMENTS = {"_createdOn", "_lastModifiedOn"}
USERS = {"_createdByUserId", "_lastModifiedByUserId"}
COMPARE = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}
OPERATORS = {"$eq", "$ne", *COMPARE, "$in", "$nin", "$exists", "$not", "$regex", "$options"}

Sql = tuple[str, list[Any]]


@dataclass(frozen=True)
class Target:
    """What a condition speaks of: a column, a field, or a field of the lines of a block."""

    name: str
    column: str = ""
    field: Field | None = None
    block: LineBlock | None = None
    line_key: str = ""  # ``_id`` or ``externalId`` of a line

    @property
    def inner(self) -> str:
        return self.field.name if self.field else self.line_key

    @property
    def path(self) -> str:
        """As a JSON path; names have no quotation marks."""
        return f'$."{self.block.name}"[*]."{self.inner}"' if self.block else f'$."{self.inner}"'

    @property
    def is_list(self) -> bool:
        return self.field is not None and self.field.many


class Filter:
    """One query, read against a definition and the rights of the caller."""

    def __init__(self, shape: Shape, rights: Rights, user_ids: Callable[[], dict[str, int]]) -> None:
        self.shape, self.rights, self.user_ids = shape, rights, user_ids
        self.conditions = 0

    def sql(self, query: Any) -> Sql:
        """The condition for a row ``r`` of records. Raises Wrong or Forbidden."""
        return self._object(query, "query", 1)

    def _object(self, query: Any, path: str, depth: int) -> Sql:
        if not isinstance(query, dict):
            raise Wrong(path, "must be of type object", SOURCE)
        if depth > DEEPEST:
            raise Wrong(path, "must not have more than %(most)s levels", SOURCE, most=DEEPEST)
        parts = [self._member(key, value, path, depth) for key, value in query.items()]
        return _joined(parts, "AND", "true")

    def _member(self, key: str, value: Any, path: str, depth: int) -> Sql:
        if key in {"$and", "$or", "$nor"}:
            return self._list(key, value, f"{path}.{key}", depth)
        if key.startswith("$"):
            raise Wrong(f"{path}.{key}", "is not allowed", SOURCE)
        return self._condition(target(self.shape, self.rights, key, f"{path}.{key}"), value, f"{path}.{key}", depth)

    def _list(self, key: str, value: Any, path: str, depth: int) -> Sql:
        if not isinstance(value, list) or not value:
            raise Wrong(path, "must be an array of at least 1 item", SOURCE)
        parts = [self._object(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(value)]
        text, values = _joined(parts, "AND" if key == "$and" else "OR", "true")
        return (f"NOT {text}", values) if key == "$nor" else (text, values)

    def _condition(self, of: Target, value: Any, path: str, depth: int) -> Sql:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise Wrong("query", "must not have more than %(most)s conditions", SOURCE, most=MOST_CONDITIONS)
        if depth > DEEPEST:
            raise Wrong(path, "must not have more than %(most)s levels", SOURCE, most=DEEPEST)
        if not isinstance(value, dict) or not any(key.startswith("$") for key in value):
            return self._equal(of, value, path)
        for key in value:
            if key not in OPERATORS:
                raise Wrong(f"{path}.{key}", "is not allowed", SOURCE)
        if "$options" in value and "$regex" not in value:
            raise Wrong(f"{path}.$options", "is not allowed", SOURCE)
        asked = [key for key in value if key != "$options"]
        return _joined([self._operator(of, key, value, f"{path}.{key}", depth) for key in asked], "AND", "true")

    def _operator(self, of: Target, key: str, said: dict[str, Any], path: str, depth: int) -> Sql:
        value = said[key]
        if key in COMPARE:
            return self._compare(of, COMPARE[key], value, path)
        if key in {"$in", "$nin"}:
            return _negated(self._in(of, value, path), key == "$nin")
        if key == "$exists":
            if not isinstance(value, bool):
                raise Wrong(path, "must be a boolean", SOURCE)
            return _negated(_exists(of), not value)
        if key == "$not":
            if not isinstance(value, dict):
                raise Wrong(path, "must be of type object", SOURCE)
            return _negated(self._condition(of, value, path, depth + 1), True)
        if key == "$regex":
            return _matches(of, value, said.get("$options", ""), path)
        return _negated(self._equal(of, value, path), key == "$ne")

    def _in(self, of: Target, value: Any, path: str) -> Sql:
        if not isinstance(value, list):
            raise Wrong(path, "must be an array", SOURCE)
        if len(value) > MOST_WORDS:
            raise Wrong(path, "must contain less than or equal to %(most)s items", SOURCE, most=MOST_WORDS)
        return _joined([self._equal(of, one, f"{path}[{i}]") for i, one in enumerate(value)], "OR", "false")

    def _equal(self, of: Target, value: Any, path: str) -> Sql:
        if value is None:
            return _negated(_exists(of), True)
        if of.column:
            return f"{of.column} = %s", [self._of_column(of, value, path)]
        if of.field is not None and of.field.is_attachment:
            raise Wrong(path, "may only be asked for with $exists", SOURCE)
        value = _spelled(of, value, path)
        if isinstance(value, list) and of.is_list and of.block is None:
            return "r.values -> %s = %s::jsonb", [of.inner, json.dumps(value)]
        inner = {of.inner: [value] if of.is_list else value}
        return "r.values @> %s::jsonb", [json.dumps({of.block.name: [inner]} if of.block else inner)]

    def _compare(self, of: Target, sign: str, value: Any, path: str) -> Sql:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Wrong(path, "must be a number or a string", SOURCE)
        if of.column:
            return f"{of.column} {sign} %s", [self._of_column(of, value, path)]
        value = _spelled(of, value, path)
        asked = f"{of.path} ? (@ {sign} $value)"
        return "jsonb_path_exists(r.values, %s::jsonpath, %s::jsonb)", [asked, json.dumps({"value": value})]

    def _of_column(self, of: Target, value: Any, path: str) -> Any:
        if not isinstance(value, str):
            raise Wrong(path, "must be a string", SOURCE)
        if of.name in USERS:
            return self.user_ids().get(value, 0)
        if of.name in MOMENTS:
            return moment_of(value, path)
        return value


def target(shape: Shape, rights: Rights, name: str, path: str) -> Target:
    """What a name in a query or an order leads to. Raises Wrong; Forbidden where it is hidden."""
    if name in COLUMNS:
        return Target(name, column=COLUMNS[name])
    first, _, rest = name.partition(".")
    block = None if shape.field(name) else shape.block(first)
    field = block.field(rest) if block else shape.field(name)
    if field is None and not (block and rest in {"_id", "externalId"}):
        raise Wrong(path, "is not allowed", SOURCE)
    asked = declared(block, field) if field else first  # ids of lines are seen by whoever sees all of the block
    if not rights.may_ask_for(asked):
        raise Forbidden("may not be asked for by you", path)
    return Target(name, field=field, block=block, line_key="" if field else rest)


def _spelled(of: Target, value: Any, path: str) -> Any:
    """Moments are compared in the spelling in which they are stored."""
    if of.field is not None and of.field.type == "dateTime" and isinstance(value, str):
        return moment(moment_of(value, path))
    return value


def moment_of(value: str, path: str) -> datetime:
    """Raises Wrong; a moment without a zone is meant in UTC."""
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Wrong(path, "must be in ISO 8601 date format", SOURCE) from None


def user_ids(rights: Rights) -> dict[str, int]:
    """The rows of the organization's members by the ids that callers know."""
    members = rights.member.organization.members.values_list("pk", flat=True)
    return {str(user_id(pk)): pk for pk in members}


def _exists(of: Target) -> Sql:
    if of.column:
        return f"({of.column} IS NOT NULL AND {of.column}::text <> '')", []
    if of.field is not None and of.field.is_attachment:
        like = f"{of.block.name}.%.{of.inner}" if of.block else of.inner
        said = (
            "EXISTS (SELECT FROM records_attachment a WHERE a.record_id = r.id AND a.staged_until IS NULL"
            " AND a.path LIKE %s)"
        )
        return said, [like.replace("_", r"\_")]
    return "jsonb_path_exists(r.values, %s::jsonpath)", [of.path]


def _matches(of: Target, pattern: Any, options: Any, path: str) -> Sql:
    if not isinstance(pattern, str):
        raise Wrong(path, "must be a string", SOURCE)
    if len(pattern) > LONGEST_PATTERN:
        phrase = "length must be less than or equal to %(most)s characters long"
        raise Wrong(path, phrase, SOURCE, most=LONGEST_PATTERN)
    if BACK_REFERENCE.search(pattern) or pattern.startswith("***"):
        raise Wrong(path, "must be a regular expression without back references", SOURCE)
    if options not in ("", "i"):
        raise Wrong(path.replace("$regex", "$options"), "must be one of [i]", SOURCE)
    sign = "~*" if options else "~"
    if of.column:
        return f"coalesce({of.column}::text, '') {sign} %s", [pattern]
    if of.block is None and not of.is_list:
        # Ten times as fast as what follows; a value that is no text matches nothing, as in MongoDB.
        is_text = of.field is not None and of.field.type not in {"number", "boolean"}
        return (f"r.values ->> %s {sign} %s", [of.inner, pattern]) if is_text else ("false", [])
    said = (
        "EXISTS (SELECT FROM jsonb_path_query(r.values, %s::jsonpath) found(value)"
        f" WHERE jsonb_typeof(found.value) = 'string' AND found.value #>> '{{}}' {sign} %s)"
    )
    return said, [f"{of.path}[*]", pattern]


def _joined(parts: list[Sql], word: str, empty: str) -> Sql:
    if not parts:
        return empty, []
    return "(" + f" {word} ".join(text for text, _ in parts) + ")", [value for _, values in parts for value in values]


def _negated(part: Sql, is_negated: bool) -> Sql:
    """What is not known to hold does not hold, so that a missing value is unequal to every other."""
    return (f"NOT coalesce({part[0]}, FALSE)", part[1]) if is_negated else part
