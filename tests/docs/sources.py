"""Public names, read from the code itself, so that no list has to be kept beside it."""

import argparse
import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

from rubrica import cli
from tests.docs.markdown import ROOT

SETTING = re.compile(r"RUBRICA_[A-Z0-9_]+")
WORD = re.compile(r"[A-Z]{2,}(_[A-Z0-9]+)*")
SMALL_WORD = re.compile(r"[a-z]+(_[a-zA-Z]+)*")
# What is called with a code word, and which of its arguments that is.
REFUSALS = {
    "Refused": 0,
    "CheckFailed": 0,
    "TooOften": 0,
    "RefusedPdf": 0,
    "RefusedImage": 0,
    "SealFailed": 0,
    "CannotAppend": 0,
    "SandboxError": 0,
    "SandboxTimeout": 0,
    "EngineFailed": 0,
    "IntakeRefused": 0,
    "LinkRefused": 0,
    "ApiError": 0,
    "Problem": 1,
    "answer": 0,
    "failure": 0,
}
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")


@cache
def sources(*folders: str) -> dict[Path, ast.Module]:
    """The parsed modules below the folders, without their tests and migrations."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    product = (path for path in paths if not {"tests", "migrations"} & set(path.relative_to(ROOT).parts))
    return {path: ast.parse(path.read_text()) for path in product}


def nodes(*folders: str) -> Iterator[ast.AST]:
    return (node for tree in sources(*folders).values() for node in ast.walk(tree))


def texts(*folders: str) -> Iterator[str]:
    for node in nodes(*folders):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def settings() -> set[str]:
    """Whole texts that are the name of a setting; a name inside a sentence only repeats one of them. Each secret may
    come from a file as well, by the same name with _FILE."""
    found = {text for text in texts("rubrica", "tools") if SETTING.fullmatch(text)}
    return {text for text in found if text.removesuffix("_FILE") not in found - {text}}


def code_words() -> set[str]:
    """Words that refusals are made with, keys of tables called so, and every ``"message"`` written out."""
    found = {word for node in nodes("rubrica") for word in _words(node)}
    return {word for word in found if WORD.fullmatch(word)}


def field_codes() -> set[str]:
    """The second argument of every ``Problem`` that is no word in capitals."""
    problems = (node for node in nodes("rubrica") if isinstance(node, ast.Call) and _called(node) == "Problem")
    return {word for node in problems for word in _words(node) if SMALL_WORD.fullmatch(word)}


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        place = REFUSALS.get(_called(node))
        if place is not None:
            yield from _constants(node.args[place : place + 1])
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "message":
                yield from _constants([value])
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield from _constants(node.value.elts[:1])
    elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
        yield from _table(node)


def _table(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """Code words are the keys of some tables (statuses, sentences) and stand in the values of others."""
    assert isinstance(node.value, ast.Dict)
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    name = target.id if isinstance(target, ast.Name) else ""
    if name in {"STATUS", "LINK_WORDS", "SENTENCES", "WARNINGS"}:
        yield from _constants([key for key in node.value.keys if key is not None])
    if name in {"ENDED", "CODES"}:
        for value in node.value.values:
            yield from _constants(value.elts[:1] if isinstance(value, ast.Tuple) else [value])


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _constants(found: list[ast.expr]) -> Iterator[str]:
    """Texts among the expressions, and those of both branches of a choice."""
    for one in found:
        if isinstance(one, ast.IfExp):
            yield from _constants([one.body, one.orelse])
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def addresses() -> set[str]:
    """Every path that answers, ``{name}`` for what varies. The pages of django-allauth are one address of ours."""
    return {path for path in _paths(get_resolver().url_patterns, "/") if path}


def _paths(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        path = before + CONVERTER.sub(r"{\1}", str(pattern.pattern))
        if path == "/accounts/":
            yield path
        elif isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, path)
        elif pattern.name != "api-root":
            yield path


def commands() -> dict[str, set[str]]:
    """Each ``rubrica`` command with its long options."""
    actions = cli._parser()._actions
    chosen = next(action for action in actions if isinstance(action, argparse._SubParsersAction))
    return {
        name: {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
        - {"--help"}
        for name, parser in chosen.choices.items()
    }
