"""Which column is what: the places that a row fills, what their headings say by themselves, and what was chosen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from rubrica.drafting.content import MAX_MESSAGE, Content
from rubrica.drafting.headings import HEADINGS
from rubrica.templating.models import Template
from rubrica.web.text import searchable

TITLE = "process.name"
QUESTION = "question"
PERSON_FIELDS = ("name", "email", "phone", "language")
UNREADABLE = {"image", "signature"}  # questions that no cell can answer
BRACES = re.compile(r"\{([^{}\n]{1,200})\}")


class TooLong(Exception):
    """With what the row puts in, no text of ours is as long."""


class Chosen(BaseModel):
    """``columns`` by target, counted from 0. ``country`` is put before telephones without one: its calling code."""

    columns: dict[str, int] = {}
    country: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,4}$")] = ""


@dataclass(frozen=True)
class Target:
    """Something that a column can fill. ``number`` counts people from 1; 0 is the process, or the template's questions.

    ``written`` is what stands there without a column; ``label`` a question's own words.
    """

    key: str
    field: str
    number: int = 0
    owner: str = ""
    label: str = ""
    written: str = ""
    required: bool = False


def targets(content: Content, template: Template | None) -> list[Target]:
    title = Target(TITLE, "title", written=content.name)
    if template is not None:
        return [title, *_questions(template)]
    people = [
        Target(
            f"{person.id}.{field}",
            field,
            number,
            person.kind or person.name,
            written=getattr(person, field),
            required=field in {"name", "email"} and not getattr(person, field),
        )
        for number, person in enumerate(content.people, start=1)
        for field in PERSON_FIELDS
    ]
    return [title, *people]


def _questions(template: Template) -> list[Target]:
    definition = template.definition
    return [
        Target(
            f"q.{question.name}",
            QUESTION,
            label=question.description,
            written=question.default,
            required=definition.is_required(question) and not question.default and not question.prereq,
        )
        for question in definition.config
        if question.type not in UNREADABLE
    ]


def guess(found: Sequence[Target], headings: Sequence[str]) -> dict[str, int]:
    """By target the first column whose heading says so; each column is taken once."""
    words = [searchable(heading) for heading in headings]
    taken: dict[str, int] = {}
    for target in sorted(found, key=lambda one: not one.owner):  # a heading that names the person goes first
        spoken = _spoken(target)
        column = next((at for at, said in enumerate(words) if said in spoken and at not in taken.values()), None)
        if column is not None:
            taken[target.key] = column
    return taken


def _spoken(target: Target) -> set[str]:
    """The headings that mean it. Of several people the first one has those without a number too."""
    if target.field == QUESTION:
        return {searchable(target.label), searchable(target.key.removeprefix("q."))}
    plain = HEADINGS[target.field]
    if not target.number:
        return plain
    named = [str(target.number), *([searchable(target.owner)] if target.owner else [])]
    said = {f"{one} {word}" for one in named for word in plain} | {f"{word} {one}" for one in named for word in plain}
    said |= {f"{word}{target.number}" for word in plain}
    return said | plain if target.number == 1 else said


def values(chosen: Chosen, cells: Sequence[str]) -> dict[str, str]:
    """What this row says, by target; an empty cell says nothing, so that what is written stays."""
    read = {key: cells[column] for key, column in chosen.columns.items() if column < len(cells)}
    return {key: cell for key, cell in read.items() if cell}


def put_in(text: str, headings: Sequence[str], cells: Sequence[str]) -> str:
    """``{Heading}`` in a text becomes the row's cell; other braces stay as they are.

    Raises TooLong before anything is made: long cells in the place of many braces would be gigabytes.
    """
    if "{" not in text:
        return text
    by_heading: Mapping[str, str] = {
        searchable(heading): cell for heading, cell in zip(headings, cells, strict=False) if heading
    }
    parts, end = [], 0
    for found in BRACES.finditer(text):
        parts += [text[end : found.start()], by_heading.get(searchable(found[1]), found[0])]
        end = found.end()
    parts.append(text[end:])
    if sum(map(len, parts)) > MAX_MESSAGE:
        raise TooLong
    return "".join(parts)


def letter(column: int) -> str:
    """A, B, … Z, AA, as spreadsheets call their columns."""
    return chr(65 + column) if column < 26 else letter(column // 26 - 1) + chr(65 + column % 26)
