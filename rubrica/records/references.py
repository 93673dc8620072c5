"""References between records: to whom they lead, and what becomes of them when that record goes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rubrica.records.errors import Conflict, Wrong
from rubrica.records.models import Definition, Record
from rubrica.records.schema import Field, LineBlock, Shape, declared
from rubrica.web.text import findable

# Weaker than what a change takes, so that records that name each other do not wait for one another; a removal waits.
NAMED = """
SELECT * FROM records_record WHERE definition_id = %s AND (key = ANY(%s) OR external_id = ANY(%s))
 ORDER BY id FOR KEY SHARE
"""


class Pointer(NamedTuple):
    """A field of a definition whose values name records of another."""

    definition: Definition
    block: LineBlock | None
    field: Field


def resolve(definition: Definition, values: dict[str, Any]) -> None:
    """Puts ``_id`` for whatever names a record in the values given. Raises Wrong for what names none.

    The records that are named are held until the transaction ends, so that none goes while it gets a reference.
    """
    for block, field in definition.shape.everywhere():
        if field.type == "reference":
            for holder, path in _holders(values, block, field):
                holder[field.name] = _keys(definition, field, holder[field.name], path)


def _holders(values: dict[str, Any], block: LineBlock | None, field: Field) -> Iterator[tuple[dict[str, Any], str]]:
    if block is None:
        if field.name in values:
            yield values, field.name
        return
    for index, line in enumerate(values.get(block.name, ())):
        if field.name in line:
            yield line, f"{block.name}[{index}].{field.name}"


def _keys(definition: Definition, field: Field, words: Any, path: str) -> Any:
    wanted = [findable(word) for word in (words if field.many else [words])]
    target = Definition.objects.get(organization=definition.organization_id, key=field.definition)
    found = Record.objects.raw(NAMED, [target.pk, wanted, wanted])
    rows = [(record.key, record.external_id) for record in found]
    by_word = {external: key for key, external in rows} | {key: key for key, _ in rows}
    for word in wanted:
        if word not in by_word:
            raise Wrong(path, 'must not name a document that does not exist: "%(word)s"', word=word)
    keys = list(dict.fromkeys(by_word[word] for word in wanted))
    return keys if field.many else keys[0]


def name_by_external_ids(definition: Definition, many: list[dict[str, Any]]) -> None:
    """Puts ``externalId`` for the ``_id`` of each record that has one: for showing, and not for keeping."""
    for block, field in definition.shape.everywhere():
        if field.type != "reference":
            continue
        holders = [holder for values in many for holder, _ in _holders(values, block, field)]
        keys = {key for one in holders for key in (one[field.name] if field.many else [one[field.name]])}
        rows = Record.objects.filter(organization=definition.organization_id, definition__key=field.definition)
        names = dict(rows.filter(key__in=keys).exclude(external_id=None).values_list("key", "external_id"))
        for one in holders:
            said = one[field.name]
            one[field.name] = [names.get(key, key) for key in said] if field.many else names.get(said, said)


def pointers(target: Definition) -> list[Pointer]:
    """Every field of the organization that may name a record of this definition."""
    return [
        Pointer(one, block, field)
        for one in Definition.objects.filter(organization=target.organization_id).order_by("pk")
        for block, field in one.shape.everywhere()
        if field.type == "reference" and field.definition == target.key
    ]


def holding(pointer: Pointer, record: Record) -> list[Record]:
    """The records that name this one in this field, held; found by the index on values."""
    value: Any = [record.key] if pointer.field.many else record.key
    inner = {pointer.field.name: value}
    contained = {pointer.block.name: [inner]} if pointer.block else inner
    rows = Record.objects.filter(definition=pointer.definition, values__contains=contained)
    return list(rows.select_for_update().order_by("pk"))


def check_free(record: Record, doomed: set[int]) -> None:
    """Raises Conflict when a record that stays forbids this one to go."""
    for pointer in pointers(record.definition):
        if pointer.field.on_delete == "prevent":
            kept = [one for one in holding(pointer, record) if one.pk not in doomed]
            if kept:
                raise Conflict(
                    'The document is named by "%(field)s" of document "%(id)s", which forbids its removal.',
                    field=declared(pointer.block, pointer.field),
                    id=kept[0].key,
                )


def forget(pointer: Pointer, holder: Record, key: str) -> None:
    """Takes the reference out of the holder's values, which the caller saves."""
    for values, _ in list(_holders(holder.values, pointer.block, pointer.field)):
        name = pointer.field.name
        left = [one for one in values[name] if one != key] if pointer.field.many else None
        if left:
            values[name] = left
        elif pointer.field.many or values[name] == key:
            del values[name]


def check_targets(shape: Shape, organization_id: int, own_key: str, own_name: str) -> None:
    """Puts the key of its definition into every reference of a shape. Raises Wrong."""
    for block, field in shape.everywhere():
        if field.type != "reference" or field.definition is None:
            continue
        path = f"{declared(block, field)}.definition"
        if field.definition in {own_key, own_name}:
            raise Wrong(path, "must not be the document definition itself")
        rows = Definition.objects.filter(organization=organization_id)
        found = rows.filter(key=field.definition).first() or rows.filter(name=field.definition).first()
        if found is None:
            raise Wrong(path, "must be the name or id of a document definition")
        field.definition = found.key
