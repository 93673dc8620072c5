"""A definition as a form: fields are rows, and a button adds one without leaving the page or needing a script.

Every row carries the whole field as it was (``was``), so that what the form does not show is not lost.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from rubrica.records.errors import Wrong
from rubrica.records.models import Definition
from rubrica.records.schema import KINDS

Json = dict[str, Any]
TYPES = {
    "text": _("Text"),
    "number": _("Number"),
    "boolean": _("Yes or no"),
    "date": _("Date"),
    "dateTime": _("Date and time"),
    "picklist": _("Choice"),
    "reference": _("Reference"),
    "signature": _("Signature"),
    "attachment": _("Files"),
}
ON_DELETE = {"prevent": _("forbid it"), "delete": _("remove this one too"), "clear": _("empty the field")}
MOST_ROWS = 600
TEXTS = ("name", "label", "definition", "onDelete")
NUMBERS = {"maxAttachments": int, "maxFileSizeMb": float, "maxImageWidth": int}
LISTS = ("options", "acceptedTypes")
ONLY_OF = {
    "options": {"picklist"},
    "many": {"picklist", "reference"},
    "definition": {"reference"},
    "onDelete": {"reference"},
    "maxAttachments": {"attachment"},
    "maxFileSizeMb": {"attachment"},
    "maxImageWidth": {"attachment"},
    "acceptedTypes": {"attachment"},
}


@dataclass
class Row:
    """One field as it stands in the form; ``prefix`` is what the names of its inputs begin with."""

    prefix: str
    said: Json
    was: str = "{}"

    @property
    def options(self) -> str:
        """One on each line; a label stands behind its name and an equals sign."""
        return "\n".join(_choice(one) for one in self.said.get("options", ()))

    @property
    def accepted(self) -> str:
        return ", ".join(self.said.get("acceptedTypes", ()))


@dataclass
class Block:
    prefix: str
    said: Json
    rows: list[Row] = field(default_factory=list)


@dataclass
class Form:
    """``statuses`` and ``access`` are texts as they stand in their boxes."""

    name: str = ""
    label: str = ""
    rows: list[Row] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    statuses: str = ""
    access: str = ""
    groups: str = "[]"


def of(definition: Definition) -> Form:
    shape = definition.schema
    return Form(
        name=definition.name,
        label=definition.label,
        rows=_rows("f", shape.get("fields", ())),
        blocks=[
            Block(f"b-{number}", one, _rows(f"b-{number}-f", one.get("fields", ())))
            for number, one in enumerate(shape.get("lineBlocks", ()))
        ],
        statuses="\n".join(_choice(one) for one in shape.get("statuses", ())),
        access=json.dumps(shape["accessGroups"], indent=2, ensure_ascii=False) if "accessGroups" in shape else "",
        groups=json.dumps(shape.get("groups", [])),
    )


def empty() -> Form:
    return Form(rows=[_new("f-0")])


def _rows(prefix: str, fields: Any) -> list[Row]:
    return [Row(f"{prefix}-{number}", one, json.dumps(one)) for number, one in enumerate(fields)]


def _new(prefix: str) -> Row:
    return Row(prefix, {"type": "text"})


def _choice(one: Any) -> str:
    if isinstance(one, str):
        return one
    return f"{one['name']} = {one['label']}" if one.get("label") else str(one["name"])


def sent(data: Mapping[str, str]) -> Form:
    """What a browser sent, with the row that ``do`` asks for added or taken away."""
    form = Form(
        name=data.get("name", "").strip(),
        label=data.get("label", "").strip(),
        rows=list(_sent_rows(data, "f")),
        blocks=list(_sent_blocks(data)),
        statuses=data.get("statuses", ""),
        access=data.get("access", ""),
        groups=data.get("groups", "[]"),
    )
    _do(form, data.get("do", ""))
    return form


def _numbers(data: Mapping[str, str], prefix: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(prefix)}-(\d{{1,4}})-name")
    return sorted(int(match[1]) for name in data if (match := pattern.fullmatch(name)))[:MOST_ROWS]


def _sent_rows(data: Mapping[str, str], prefix: str) -> Iterator[Row]:
    for number in _numbers(data, prefix):
        own = f"{prefix}-{number}"
        was = data.get(f"{own}-was", "{}")
        yield Row(own, _field(data, own, was), was)


def _field(data: Mapping[str, str], own: str, was: str) -> Json:
    kind = data.get(f"{own}-type", "text")
    told: Json = {**_json(was, {}), "type": kind if kind in KINDS else "text"}
    for name in TEXTS:
        _put(told, name, data.get(f"{own}-{name}", "").strip())
    for name, number in NUMBERS.items():
        _put(told, name, _number(data.get(f"{own}-{name}", ""), number))
    _put(told, "options", choices(data.get(f"{own}-options", "")))
    _put(told, "acceptedTypes", [one.strip() for one in data.get(f"{own}-acceptedTypes", "").split(",") if one.strip()])
    for name in ("required", "many"):
        _put(told, name, data.get(f"{own}-{name}") == "on")
    return {name: value for name, value in told.items() if told["type"] in ONLY_OF.get(name, {told["type"]})}


def _put(told: Json, name: str, value: Any) -> None:
    """What is empty is not said, so that the definition's own default holds."""
    if value in ("", [], False, None):
        told.pop(name, None)
    else:
        told[name] = value


def _number(text: str, kind: Any) -> Any:
    """Left as it was typed where it is no number: the definition says then what is wrong with it."""
    try:
        return kind(text) if text.strip() else None
    except ValueError:
        return text


def choices(text: str) -> list[Any]:
    found: list[Any] = []
    for line in text.splitlines():
        name, _, label = (part.strip() for part in line.partition("="))
        if name:
            found.append({"name": name, "label": label} if label else {"name": name})
    return found


def _sent_blocks(data: Mapping[str, str]) -> Iterator[Block]:
    for number in _numbers(data, "b"):
        own = f"b-{number}"
        said: Json = {"name": data.get(f"{own}-name", "").strip()}
        _put(said, "label", data.get(f"{own}-label", "").strip())
        yield Block(own, said, list(_sent_rows(data, f"{own}-f")))


def _do(form: Form, word: str) -> None:
    """``add:f``, ``add:b``, ``add:b-0-f``, ``drop:f-3`` or ``drop:b-0``."""
    action, _, where = word.partition(":")
    if action == "add" and where == "b":
        number = _next(block.prefix for block in form.blocks)
        form.blocks.append(Block(f"b-{number}", {"name": ""}, [_new(f"b-{number}-f-0")]))
    elif action == "add":
        for prefix, rows in _lists(form):
            if prefix == where:
                rows.append(_new(f"{prefix}-{_next(row.prefix for row in rows)}"))
    elif action == "drop":
        form.blocks = [block for block in form.blocks if block.prefix != where]
        for _prefix, rows in _lists(form):
            rows[:] = [row for row in rows if row.prefix != where]


def _lists(form: Form) -> list[tuple[str, list[Row]]]:
    return [("f", form.rows), *((f"{block.prefix}-f", block.rows) for block in form.blocks)]


def _next(prefixes: Iterator[str]) -> int:
    return max((int(one.rpartition("-")[2]) for one in prefixes), default=-1) + 1


def body(form: Form) -> Json:
    """What the definition is made of. Raises Wrong."""
    told: Json = {
        "name": form.name,
        "label": form.label,
        "fields": [row.said for row in form.rows],
        "lineBlocks": [{**block.said, "fields": [row.said for row in block.rows]} for block in form.blocks],
        "statuses": choices(form.statuses),
        "groups": _json(form.groups, []),
    }
    told["accessGroups"] = _json(form.access, None) if form.access.strip() else []
    if told["accessGroups"] is None:
        raise Wrong("accessGroups", "must be valid JSON")
    return told


def _json(text: str, otherwise: Any) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return otherwise
    return found if isinstance(found, type(otherwise)) or otherwise is None else otherwise
