"""Holds every real answer of the contract tests against the OpenAPI documents: operation, status, and body."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.test import Client

from rubrica.api.openapi import aero, auco, participant

Schema = dict[str, Any]
DOCUMENTS = (participant.document, aero.document, auco.document)
IGNORED = {"description", "title", "default", "examples"}


class DescribedClient(Client):
    """Django's client, which fails when an answer is not as it is described."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        check(request["REQUEST_METHOD"], request["PATH_INFO"], answer)
        return answer


def check(method: str, path: str, answer: Any) -> None:
    described = operation(method, path)
    if described is None:
        return
    found = described["responses"].get(str(answer.status_code))
    assert found, f"{method} {path} may not answer {answer.status_code}: {getattr(answer, 'content', b'')[:300]!r}"
    if "content" not in found:
        return
    media = answer.headers["Content-Type"].partition(";")[0]
    if "*/*" in found["content"]:
        return  # a file of any kind
    assert media in found["content"], f"{method} {path} may not answer with {media}"
    if media != "application/json":
        return
    schema = found["content"][media]["schema"]
    faults = list(violations(schema, answer.json(), "answer"))
    where = f"{method} {path} {answer.status_code}"
    assert not faults, f"{where} is not as rubrica/api/openapi describes it: {faults}"


@cache
def patterns() -> list[tuple[re.Pattern[str], Schema]]:
    """Addresses without a placeholder come first: they are more exact."""
    paths = [item for document in DOCUMENTS for item in document()["paths"].items()]
    paths.sort(key=lambda item: "{" in item[0])
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), methods) for path, methods in paths]


@cache
def parts() -> dict[str, Schema]:
    """The documents name different things, apart from the form of an error."""
    return {name: one for document in DOCUMENTS for name, one in document()["components"]["schemas"].items()}


def operation(method: str, path: str) -> Schema | None:
    """None for what has no operation: it is 404 or 405, in a form that other tests hold."""
    for pattern, methods in patterns():
        if pattern.fullmatch(path):
            found: Schema | None = methods.get(method.lower())
            return found
    return None


def violations(schema: Schema, value: Any, where: str) -> Iterator[str]:
    """What JSON Schema would find; a keyword that is not known here is an error of the test."""
    for keyword, wanted in schema.items():
        if keyword not in IGNORED:
            yield from RULES[keyword](wanted, value, where, schema)


def _ref(wanted: str, value: Any, where: str, _: Schema) -> Iterator[str]:
    yield from violations(parts()[wanted.rpartition("/")[2]], value, where)


def _any(wanted: list[Schema], value: Any, where: str, _: Schema) -> Iterator[str]:
    faults = [list(violations(one, value, where)) for one in wanted]
    if all(faults):
        yield from min(faults, key=len)


def _all(wanted: list[Schema], value: Any, where: str, _: Schema) -> Iterator[str]:
    for one in wanted:
        yield from violations(one, value, where)


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def _type(wanted: str | list[str], value: Any, where: str, _: Schema) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    fits = any(isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names)
    if not fits:
        yield f"{where} is {type(value).__name__}, not {wanted}"


def _properties(wanted: dict[str, Schema], value: Any, where: str, _: Schema) -> Iterator[str]:
    for name, schema in wanted.items():
        if isinstance(value, dict) and name in value:
            yield from violations(schema, value[name], f"{where}.{name}")


def _required(wanted: list[str], value: Any, where: str, _: Schema) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{where} lacks {name}" for name in wanted if name not in value)


def _additional(wanted: bool, value: Any, where: str, schema: Schema) -> Iterator[str]:
    if isinstance(value, dict) and not wanted:
        yield from (f"{where} has {name}" for name in value if name not in schema.get("properties", ()))


def _items(wanted: Schema, value: Any, where: str, _: Schema) -> Iterator[str]:
    for index, one in enumerate(value if isinstance(value, list) else ()):
        yield from violations(wanted, one, f"{where}[{index}]")


def _enum(wanted: list[Any], value: Any, where: str, _: Schema) -> Iterator[str]:
    if value not in wanted:
        yield f"{where} is {value!r}, none of {wanted}"


def _pattern(wanted: str, value: Any, where: str, _: Schema) -> Iterator[str]:
    if isinstance(value, str) and not re.search(wanted, value):
        yield f"{where} is {value!r}, not like {wanted}"


RULES: dict[str, Any] = {
    "$ref": _ref,
    "anyOf": _any,
    "allOf": _all,
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "enum": _enum,
    "pattern": _pattern,
}
