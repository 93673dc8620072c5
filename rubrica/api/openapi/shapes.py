"""JSON Schema in few words, and the parts of an OpenAPI 3.1 document that every dialect has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]


def text(about: str = "", **more: Any) -> Schema:
    return _about({"type": "string", **more}, about)


def word(*choices: str, about: str = "") -> Schema:
    return _about({"type": "string", "enum": list(choices)}, about)


def truth(about: str = "") -> Schema:
    return _about({"type": "boolean"}, about)


def number(about: str = "") -> Schema:
    return _about({"type": "number"}, about)


def whole(about: str = "") -> Schema:
    return _about({"type": "integer"}, about)


def many(items: Schema, about: str = "") -> Schema:
    return _about({"type": "array", "items": items}, about)


def thing(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, about: str = "") -> Schema:
    """An object that has these members and no other."""
    members = {**required, **(optional or {})}
    schema: Schema = {"type": "object", "properties": members, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return _about(schema, about)


def anything(about: str = "") -> Schema:
    return _about({}, about)


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def part(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _about(schema: Schema, about: str) -> Schema:
    return {**schema, "description": about} if about else schema


MOMENT = text("UTC, with milliseconds", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
LINK = text("An address that works without a key, for a while", pattern="^https?://")


@dataclass(frozen=True)
class Parameter:
    """``place`` is path, query or header."""

    name: str
    about: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    place: str = "query"
    required: bool = False

    def document(self) -> Schema:
        required = self.required or self.place == "path"
        return {"name": self.name, "in": self.place, "required": required, "description": self.about,
                "schema": self.schema}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One operation. ``answer`` is the body of a success, None where it is not JSON; ``words`` are its refusals."""

    title: str
    chapter: str
    about: str = ""
    answer: Schema | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)  # examples by name
    bodies: Mapping[str, Any] = field(default_factory=dict)
    body: Schema | None = None
    media: str = "application/json"
    parameters: Sequence[Parameter] = ()
    words: Mapping[int, Sequence[str]] = field(default_factory=dict)
    key: str = ""
    success: int = 200
    gives: Sequence[str] = ()  # media types of an answer that is bytes

    def document(self, common: Mapping[int, Sequence[str]], error: str, words: Mapping[str, str]) -> Schema:
        found: Schema = {"summary": self.title, "tags": [self.chapter]}
        if self.about:
            found["description"] = self.about
        if self.parameters:
            found["parameters"] = [parameter.document() for parameter in self.parameters]
        if self.body is not None or self.bodies:
            content = {"schema": self.body or {}, **_examples(self.bodies)}
            found["requestBody"] = {"required": True, "content": {self.media: content}}
        refusals = merged(common, self.words)
        found["responses"] = {str(self.success): self._success()} | {
            str(status): refusal(refusals[status], error, words) for status in sorted(refusals)
        }
        return found

    def _success(self) -> Schema:
        if self.gives:
            return {"description": "Done", "content": {media: {} for media in self.gives}}
        if self.answer is None:
            return {"description": "Done"}
        return {
            "description": "Done",
            "content": {"application/json": {"schema": self.answer, **_examples(self.answers)}},
        }


def _examples(examples: Mapping[str, Any]) -> Schema:
    if not examples:
        return {}
    return {"examples": {name: {"summary": name, "value": value} for name, value in examples.items()}}


def merged(*tables: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for table in tables:
        for status, codes in table.items():
            found.setdefault(status, []).extend(code for code in codes if code not in found.get(status, ()))
    return found


def refusal(codes: Iterable[str], error: str, words: Mapping[str, str]) -> Schema:
    """An answer whose ``message`` is one of these words."""
    codes = list(codes)
    said = {"type": "object", "properties": {"message": {"enum": codes}}}
    return {
        "description": "; ".join(f"`{code}`: {words.get(code, code)}" for code in codes),
        "content": {"application/json": {"schema": {"allOf": [part(error), said]}}},
    }
