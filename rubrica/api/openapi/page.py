"""An OpenAPI document as a page shows it: chapters of calls, and of each its fields as rows."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rubrica.api.openapi.shapes import Schema

DEEPEST = 6  # of fields within fields; an example shows the rest


@dataclass(frozen=True)
class Row:
    """A field: its path, what it is, whether it must be there, and what is said of it."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True)
class Example:
    name: str
    text: str


@dataclass(frozen=True)
class Reply:
    status: str
    rows: list[Row] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Shown:
    """One call."""

    anchor: str
    method: str
    path: str
    title: str
    about: str
    key: str
    parameters: list[Row]
    body: list[Row]
    bodies: list[Example]
    replies: list[Reply]


@dataclass(frozen=True)
class Reference:
    title: str
    about: str
    chapters: dict[str, list[Shown]]


def of(document: Schema) -> Reference:
    chapters: dict[str, list[Shown]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            chapters[operation["tags"][0]].append(_shown(document, path, method, operation))
    return Reference(document["info"]["title"], document["info"]["description"], chapters)


def _shown(document: Schema, path: str, method: str, operation: Schema) -> Shown:
    body: Schema = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    security = operation.get("security") or [{}]
    return Shown(
        anchor=operation.get("operationId") or re.sub(r"\W+", "-", f"{method}{path}"),
        method=method.upper(),
        path=path,
        title=operation["summary"],
        about=operation.get("description", ""),
        key=next(iter(security[0]), ""),
        parameters=[_parameter(document, one) for one in operation.get("parameters", ())],
        body=list(_rows(document, body.get("schema", {}), "")),
        bodies=_examples(body),
        replies=[_reply(document, status, reply) for status, reply in operation["responses"].items()],
    )


def _parameter(document: Schema, parameter: Schema) -> Row:
    about = parameter.get("description", "")
    return Row(parameter["name"], f"{parameter['in']}, {_kind(document, parameter['schema'])}",
               parameter.get("required", False), about)  # fmt: skip


def _reply(document: Schema, status: str, reply: Schema) -> Reply:
    content: Schema = next(iter(reply.get("content", {}).values()), {})
    if status.startswith("2"):
        return Reply(status, list(_rows(document, content.get("schema", {}), "")), _examples(content))
    words = re.findall(r"`(\w+)`: (.+?)(?=; `|$)", reply["description"])
    return Reply(status, words=words)


def _examples(content: Schema) -> list[Example]:
    found = content.get("examples", {})
    return [Example(name, json.dumps(one["value"], indent=2, ensure_ascii=False)) for name, one in found.items()]


def _rows(document: Schema, schema: Schema, path: str, depth: int = 0) -> Iterator[Row]:
    """The fields of an object, each under its whole path; where several forms are possible, those of all."""
    schema = _resolved(document, schema)
    if depth > DEEPEST:
        return
    for one in schema.get("anyOf", ()):
        yield from _rows(document, one, path, depth)
    if "items" in schema:
        yield from _rows(document, schema["items"], f"{path}[x]" if path else "[x]", depth + 1)
    for name, member in schema.get("properties", {}).items():
        whole = f"{path}.{name}" if path else name
        about = member.get("description") or _limits(_resolved(document, member))
        yield Row(whole, _kind(document, member), name in schema.get("required", ()), about)
        yield from _rows(document, member, whole, depth + 1)


def _resolved(document: Schema, schema: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Schema = document["components"]["schemas"][name] if name else schema
    return found


def _kind(document: Schema, schema: Schema) -> str:
    schema = _resolved(document, schema)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        kinds = [_kind(document, one) for one in schema["anyOf"]]
        return " | ".join(dict.fromkeys(kind for kind in kinds if kind != "null"))
    if schema.get("type") == "array":
        return f"array of {_kind(document, schema['items'])}"
    kind: Any = schema.get("type", "any")
    return kind if isinstance(kind, str) else " | ".join(kind)


# At least one is what ``required`` says already.
LIMITS = {"minLength": "at least {} characters", "maxLength": "at most {} characters", "minimum": "at least {}",
          "maximum": "at most {}", "minItems": "at least {} entries", "maxItems": "at most {} entries"}  # fmt: skip


def _limits(schema: Schema) -> str:
    schemas = [schema, *schema.get("anyOf", ())]
    told = [(name, one[name]) for one in schemas for name in LIMITS if name in one and one[name] != 1]
    return ", ".join(LIMITS[name].format(value) for name, value in told)
