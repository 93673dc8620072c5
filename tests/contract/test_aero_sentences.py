"""Everything that the record store says to people is there in their language."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from rubrica.api.aero.envelope import WORDS
from rubrica.records import definitions

PRODUCT = Path(__file__).resolve().parents[2] / "rubrica"
ROOMS = ("records", "api/aero")
# What is called with a sentence, and which of its arguments that is.
REFUSALS = {
    "Wrong": 1,
    "NotFound": 0,
    "Forbidden": 0,
    "Conflict": 0,
    "TooLarge": 0,
    "Unsupported": 0,
    "IntakeRefused": 2,
    "_told": 1,
}


def sentences() -> Iterator[str]:
    yield from (sentence for _, sentence in WORDS.values())
    yield from definitions.PHRASES.values()
    yield definitions.OTHERWISE
    for room in ROOMS:
        for path in (PRODUCT / room).rglob("*.py"):
            if not {"tests", "migrations"} & set(path.parts):
                yield from of_module(ast.parse(path.read_text()))


def of_module(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = REFUSALS.get(node.func.id)
            if place is not None:
                yield from said(node.args[place : place + 1], constants)
            if node.func.id == "ValueError":
                # The shape's own checks: the name in quotation marks is filled in (definitions._wrong).
                yield from (definitions.NAMED.sub('"%(name)s"', one, count=1) for one in plain(node.args))


def said(arguments: list[ast.expr], constants: Mapping[str, object]) -> Iterator[str]:
    for one in arguments:
        parts = [one.body, one.orelse] if isinstance(one, ast.IfExp) else [one]
        for part in parts:
            found = constants.get(part.id) if isinstance(part, ast.Name) else getattr(part, "value", None)
            if isinstance(found, str):
                yield found


def plain(arguments: list[ast.expr]) -> Iterator[str]:
    for one in arguments:
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value:
            yield one.value
        elif isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in one.values)


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_sentence_is_translated(language: str) -> None:
    known: dict[str, str] = {}
    for path in PRODUCT.rglob(f"locale/{language}/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            known |= {str(message.id): str(message.string) for message in read_po(file) if message.string}
    found = set(sentences())
    assert len(found) > 100
    assert sorted(found - known.keys()) == []
    placeholders = re.compile(r"%\(\w+\)s")
    assert [one for one in found if set(placeholders.findall(one)) - set(placeholders.findall(known[one]))] == []
