"""The fields of the page: from questions to what is drawn, and from what a browser sends back to answers."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from rubrica.sealing import sandbox
from rubrica.sealing.values import SandboxError
from rubrica.templating import engine
from rubrica.templating.answers import MAX_IMAGE, MAX_TEXT, identification_types
from rubrica.templating.countries import DEPARTMENTS
from rubrica.templating.dates import NOW, read_date
from rubrica.templating.definition import Definition
from rubrica.templating.faults import Fault
from rubrica.templating.questions import Question

File: TypeAlias = "UploadedFile[Any]"
Files: TypeAlias = "MultiValueDict[str, File]"

# The picture is drawn anew before it is kept, so a fault of it is told at once and nothing of it stays.
NO_PICTURE = "Please choose a picture: PNG or JPEG."
INPUTS = {"email": "email", "phone": "tel", "date": "date"}
PICTURES = {"image", "signature"}
HINTS = {"number": "decimal", "currency": "decimal", "nit": "numeric"}
COMPLETION = {"email": "email", "phone": "tel", "name": "name"}
KINDS = {
    **dict.fromkeys(("select", "clausula", "department"), "choice"),
    "searchlist": "search",
    "check": "checks",
    "identification": "identification",
    "image": "image",
    "signature": "signature",
    "request": "lookup",
}
FEW = 4  # options that are shown side by side and not in a list


@dataclass(frozen=True)
class Field:
    """One question as the page draws it."""

    question: Question
    kind: str
    value: str
    is_asked: bool
    is_required: bool
    help: str = ""
    error: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    identification: tuple[str, str] = ("", "")

    @property
    def id(self) -> str:
        return f"q-{self.question.name}"

    @property
    def type(self) -> str:
        return INPUTS.get(self.question.type, "text")

    @property
    def inputmode(self) -> str:
        return HINTS.get(self.question.type, "")

    @property
    def autocomplete(self) -> str:
        return COMPLETION.get(self.question.type, "off")

    @property
    def described_by(self) -> str:
        return " ".join(filter(None, (self.help and f"{self.id}-help", f"{self.id}-error")))

    @property
    def least(self) -> str:
        return _day(self.question.min)

    @property
    def most(self) -> str:
        return _day(self.question.max)

    @property
    def draws(self) -> bool:
        return "draw" in (self.question.allow or ["draw"])

    @property
    def types(self) -> bool:
        return "font" in (self.question.allow or ["font"])

    @property
    def picture(self) -> str:
        return self.value if self.value.startswith("data:image/") else ""

    @property
    def typed(self) -> str:
        return "" if self.picture else self.value


def _day(limit: str | None) -> str:
    day = read_date(limit) if limit and limit != NOW else None
    return day.isoformat() if day else ""


def fields(
    definition: Definition, answers: Mapping[str, str], fixed: Mapping[str, str], asked: list[str],
    faults: Mapping[str, Fault],
) -> list[Field]:  # fmt: skip
    """Every question that the recipient may answer; those that are not asked are drawn hidden."""
    return [
        _field(definition, question, answers.get(question.name, question.default), question.name in asked,
               faults.get(question.name))
        for question in definition.config
        if question.name not in fixed
    ]  # fmt: skip


def _field(definition: Definition, question: Question, value: str, is_asked: bool, fault: Fault | None) -> Field:
    kind, _, number = value.partition(" ")
    return Field(
        question=question,
        kind=_kind(question),
        value=value,
        is_asked=is_asked,
        is_required=definition.is_required(question),
        help=definition.help_of(question),
        error=fault.message if fault else "",
        choices=_choices(question),
        chosen=[part.strip() for part in value.split(",")] if question.type == "check" else [value],
        identification=(kind, number) if question.type == "identification" else ("", ""),
    )


def _kind(question: Question) -> str:
    if question.type in {"select", "clausula"} and len(question.options or ()) <= FEW:
        return "radios"
    if question.type == "text" and (question.max_length is None or question.max_length > 120):
        return "lines"
    return KINDS.get(question.type, "line")


def _choices(question: Question) -> list[tuple[str, str]]:
    if question.type == "department":
        return [(name, name) for name in DEPARTMENTS[(question.country or "CO").upper()]]
    if question.type == "identification":
        return [(kind, kind) for kind in identification_types(question)]
    return question.choices or [(value, value) for value in question.values or ()]


def sent(
    definition: Definition, fixed: Mapping[str, str], data: QueryDict, files: Files
) -> tuple[dict[str, str], dict[str, Fault]]:
    """What stands in the fields that came, and what of it is not kept: pictures that cannot be read, endless texts."""
    typed: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for question in definition.config:
        name = question.name
        if name in fixed:
            continue
        if question.type in PICTURES:
            found = _sent_picture(question, data, files)
            if found is None:
                faults[name] = Fault((name,), "image", NO_PICTURE)
        else:
            found = _sent(question, data)
        if found is not None and _is_endless(question, found):
            faults[name] = Fault((name,), "too_long", "Please use %(most)s characters at the most.", {"most": MAX_TEXT})
        elif found is not None and (found or _came(question, data)):
            typed[name] = found.replace("\0", "")
    return typed, faults


def _is_endless(question: Question, found: str) -> bool:
    """Longer than any answer may be. A picture was drawn anew, so its size is ours."""
    is_picture = question.type in PICTURES and found.startswith("data:")
    return len(found) > MAX_TEXT and not is_picture


def _came(question: Question, data: QueryDict) -> bool:
    """A field that did not come is not the same as an empty one: what was said before stays."""
    key = f"q-{question.name}"
    return (f"{key}-shown" if question.type == "check" else key) in data


def _sent(question: Question, data: QueryDict) -> str:
    key = f"q-{question.name}"
    if question.type == "check":
        return ", ".join(str(one) for one in data.getlist(key))
    text = str(data.get(key, ""))
    if question.type == "identification" and text.strip():
        return f"{data.get(f'{key}-type', '')} {text.strip()}".strip()
    return text


def _sent_picture(question: Question, data: QueryDict, files: Files) -> str | None:
    """A file, a drawing, or for a signature a typed name; empty when nothing came, None when it cannot be read."""
    key = f"q-{question.name}"
    file = files.get(key)
    if file is not None:
        return _picture(file) or None
    drawn = str(data.get(f"{key}-drawn", ""))
    if drawn:
        return _redrawn(drawn) or None
    text = str(data.get(key, ""))
    return "" if text.startswith("data:") else text


def _picture(file: File) -> str:
    if not file.size or file.size > MAX_IMAGE:
        return ""
    content = base64.b64encode(file.read()).decode()
    return _redrawn(f"data:image/png;base64,{content}")


def _redrawn(uri: str) -> str:
    """A picture from outside, drawn anew in a child process before it is kept; empty when it is none."""
    try:
        return sandbox.run(engine.redrawn, uri, seconds=10, megabytes=768)
    except SandboxError:
        return ""
