"""What a new shape of a definition would break: records that hold what it does not allow any more."""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from rubrica.records.models import Attachment, Definition
from rubrica.records.schema import Field, LineBlock, Shape, declared

# A value of these is a text that stays valid when its field becomes a field of text.
TEXTS = {"text", "picklist", "date", "dateTime"}
COUNT = "SELECT count(*) FROM records_record WHERE definition_id = %s AND {condition}"
EXISTS = "jsonb_path_exists(values, %s::jsonpath, %s::jsonb)"

Broken = dict[str, Any]


def found(definition: Definition, new: Shape) -> Iterator[Broken]:
    """One entry for each thing in the way: where, why, and how many records hold it."""
    old = definition.shape
    yield from _statuses(definition, new)
    for block in old.line_blocks:
        if new.block(block.name) is None:
            yield from _told(block.name, "lines would be lost", _holding(definition, f'$."{block.name}"[*]'))
    for block_of_old, field in old.everywhere():
        if block_of_old is not None and new.block(block_of_old.name) is None:
            continue
        yield from _field(definition, block_of_old, field, _same(new, block_of_old, field.name))
    for block_of_new, field in new.everywhere():
        was = _same(old, block_of_new, field.name)
        if field.required and not field.is_attachment and not (was and was.required):
            yield from _told(declared(block_of_new, field), "is missing", _lacking(definition, block_of_new, field))


def _same(shape: Shape, block: LineBlock | None, name: str) -> Field | None:
    if block is None:
        return shape.field(name)
    there = shape.block(block.name)
    return there.field(name) if there else None


def _field(definition: Definition, block: LineBlock | None, old: Field, new: Field | None) -> Iterator[Broken]:
    path, files = declared(block, old), _files(definition, block, old)
    if new is None or _is_another(old, new):
        held = _records(files) if old.is_attachment else _holding(definition, _path(block, old))
        yield from _told(path, "values would be lost" if new is None else "values are of another type", held)
    elif old.is_attachment:
        yield from _limits(path, files, new)
    elif new.type == "picklist":
        gone = sorted({one.name for one in old.options} - {one.name for one in new.options})
        if gone:
            chosen = _holding(definition, f"{_path(block, old)}[*] ? (@ == $gone[*])", gone=gone)
            yield from _told(path, "options are in use", chosen)


def _is_another(old: Field, new: Field) -> bool:
    if new.type == "text" and old.type in TEXTS and not old.many:
        return False
    return (old.type, old.many, old.definition) != (new.type, new.many, new.definition)


def _limits(path: str, files: "QuerySet[Attachment]", new: Field) -> Iterator[Broken]:
    if new.max_attachments is not None:
        full = files.values("record", "path").annotate(number=Count("pk")).filter(number__gt=new.max_attachments)
        yield from _told(path, "there are more attachments", full.values("record").distinct().count())
    if new.max_bytes is not None:
        yield from _told(path, "there are larger files", _records(files.filter(size__gt=new.max_bytes)))


def _statuses(definition: Definition, new: Shape) -> Iterator[Broken]:
    kept = [status.name for status in new.statuses]
    lost = definition.records.exclude(status="").exclude(status__in=kept)
    for status, number in lost.values_list("status").annotate(number=Count("pk")).order_by("status"):
        for told in _told("statuses", "the status is in use", number):
            yield told | {"value": status}


def _told(path: str, why: str, documents: int) -> Iterator[Broken]:
    if documents:
        yield {"path": path, "problem": why, "documents": documents}


def _path(block: LineBlock | None, field: Field) -> str:
    return f'$."{block.name}"[*]."{field.name}"' if block else f'$."{field.name}"'


def _holding(definition: Definition, path: str, **values: Any) -> int:
    return _count(definition, EXISTS, [path, json.dumps(values)])


def _lacking(definition: Definition, block: LineBlock | None, field: Field) -> int:
    """Without the value, or with an empty text."""
    empty = f'{_path(block, field)} ? (@ == "")'
    if block is None:
        there = _path(block, field)
        return _count(definition, f"(NOT {EXISTS} OR {EXISTS})", [there, "{}", empty, "{}"])
    bare = f'$."{block.name}"[*] ? (!exists(@."{field.name}"))'
    return _count(definition, f"({EXISTS} OR {EXISTS})", [bare, "{}", empty, "{}"])


def _count(definition: Definition, condition: str, values: list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(condition=condition), [definition.pk, *values])
        number: int = cursor.fetchone()[0]
    return number


def _files(definition: Definition, block: LineBlock | None, field: Field) -> "QuerySet[Attachment]":
    rows = definition.attachments.all()
    if block is None:
        return rows.filter(path=field.name)
    return rows.filter(path__startswith=f"{block.name}.", path__endswith=f".{field.name}")


def _records(files: "QuerySet[Attachment]") -> int:
    return files.values("record").distinct().count()
