"""Answers put into a template's HTML: what goes where as plain values, and the doing of it in the child process.

Nothing here imports Django, because ``fill`` runs in the sandbox. What it gets has been cleaned (``cleaning``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rubrica.templating import wording
from rubrica.templating.trees import tree

if TYPE_CHECKING:
    from rubrica.templating.definition import Definition
    from rubrica.templating.questions import Question

CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff]")  # what no XML tree can hold
SIGN_DATE, SIGN_COMPLETE = "signDate", "signComplete"


@dataclass(frozen=True)
class Filling:
    """What stands at which placeholder; ``chosen`` are clauses that show, ``hidden`` those that go."""

    texts: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    handwriting: dict[str, str] = field(default_factory=dict)
    chosen: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def filling(definition: Definition, values: Mapping[str, str], today: date) -> Filling:
    """``values`` as ``answers.check`` keeps them. What has no answer keeps what the author wrote there."""
    found = Filling(texts={SIGN_DATE: wording.long_date(today)}, hidden=[SIGN_COMPLETE])
    for question in definition.config:
        value = values.get(question.name, "")
        if question.is_clause:
            for option, name in question.clause_names().items():
                (found.chosen if option == value else found.hidden).append(name)
        elif value:
            _put(found, question, value)
    return found


def _put(found: Filling, question: Question, value: str) -> None:
    if value.startswith("data:") and question.type in {"image", "signature"}:
        found.images[question.name] = value
    elif question.type == "signature":
        found.handwriting[question.name] = value
    else:
        found.texts[question.name] = in_words(question, value)


def in_words(question: Question, value: str) -> str:
    """A kept value as the document shows it."""
    if question.type == "name":
        return value.upper()
    if question.type == "number":
        number = Decimal(value)
        return wording.number_with_words(number) if question.add_text else wording.grouped(number)
    if question.type == "currency":
        return wording.pesos(Decimal(value), words=not question.remove_text)
    if question.type == "date":
        return wording.long_date(date.fromisoformat(value))
    if question.type == "nit":
        return f"{value[:-1]}-{value[-1]}"
    return dict(question.choices).get(value, value)


def fill(html: str, filling: Filling) -> str:
    """The filled document. Answers become text and never markup."""
    from lxml import html as parser  # type: ignore[import-untyped]

    root = tree(html)
    for element in list(root.iter()):
        name = element.get("name") if isinstance(element.tag, str) else None
        if name is not None:
            _fill_one(element, name, filling)
    text: str = parser.tostring(root, encoding="unicode", doctype="<!doctype html>")
    return text


def _fill_one(element: Any, name: str, filling: Filling) -> None:
    if name in filling.hidden:
        _drop(element)
    elif name in filling.chosen:
        element.attrib.pop("hidden", None)
    elif name in filling.images:
        _empty(element)
        image = element.makeelement("img", {"src": filling.images[name], "class": "object-contain", "alt": ""})
        element.append(image)
    elif name in filling.handwriting:
        _empty(element)
        signed = element.makeelement("span", {"class": "text-sign"})
        signed.text = CONTROLS.sub("", filling.handwriting[name])
        element.append(signed)
    elif name in filling.texts:
        _empty(element)
        _write_lines(element, filling.texts[name])


def _write_lines(element: Any, text: str) -> None:
    first, *others = CONTROLS.sub("", text).splitlines() or [""]
    element.text = first
    for line in others:
        broken = element.makeelement("br")
        broken.tail = line
        element.append(broken)


def _empty(element: Any) -> None:
    for child in list(element):
        element.remove(child)
    element.text = None


def _drop(element: Any) -> None:
    """Out of the document, not only out of sight; the words after it stay."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    tail = element.tail or ""
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(element)


def placeholders(html: str) -> Iterator[tuple[str, str]]:
    """(``name`` or ``id``, value) of every element that has one: what the author's page offers to fill."""
    for element in tree(html).iter():
        if isinstance(element.tag, str):
            for attribute in ("name", "id"):
                value = element.get(attribute)
                if value:
                    yield attribute, value
