"""Making, changing and removing records, each in one transaction with its event."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from rubrica.accounts.models import Member
from rubrica.records import access, bridge, references
from rubrica.records.attachments import linking, removing
from rubrica.records.changing import NOT_THERE, check_not_held, held, locked, note, touch
from rubrica.records.errors import Conflict, Forbidden, NotFound, TooLarge, Wrong
from rubrica.records.models import Definition, Record, RecordEvent
from rubrica.records.reading import Changes, Reader, external_id
from rubrica.records.schema import AccessGroup, Shape
from rubrica.records.values import is_empty
from rubrica.records.weight import MOST_BYTES, weight
from rubrica.web.text import findable

MOST_AT_ONCE = 1000  # records that may go because of one


def find(definition: Definition, word: str, member: Member) -> Record:
    """By ``_id``, else by ``externalId``. Raises NotFound, also for what the member sees nothing of."""
    if bridge.is_built_in(definition):
        return bridge.find(definition.organization, word)
    rows, word = definition.records.all(), findable(word)
    found = sorted(rows.filter(Q(key=word) | Q(external_id=word)), key=lambda one: one.key != word)
    if not found or not access.Rights(definition, member).on(found[0]).sees_something:
        raise NotFound(NOT_THERE, id=word)
    found[0].definition = definition
    return found[0]


@transaction.atomic
def create(definition: Definition, body: dict[str, Any], member: Member) -> Record:
    """What is required may still be missing: a record is begun first and filled in later."""
    definition = held(definition)
    sight = access.Rights(definition, member).on_new()
    if not sight.creates():
        raise Forbidden("You may not make documents of this definition.")
    changes = Reader(definition.shape, sight, None, lambda _path: []).read(body)
    record = Record(
        organization=definition.organization,
        definition=definition,
        status=access.first_status(definition.shape),
        version=definition.version,
        access=access.stored(definition.shape.access_groups),
        created_by=member,
        modified_by=member,
    )
    for given in changes.files.values():
        if given.entries:
            raise Wrong(given.said, "must not name attachments before the document is there")
    with _unique():
        _apply(record, changes, member)
        record.save(force_insert=True)
    note(record, RecordEvent.Kind.CREATED, member)
    return record


@transaction.atomic
def merge(record: Record, body: dict[str, Any], member: Member) -> Record:
    """Raises Conflict when ``_hash`` is given and somebody else was faster."""
    definition = held(record.definition)
    record = locked(record, definition)
    if body.get("_hash") not in (None, record.hash):
        raise Conflict("The document was changed by somebody else in the meantime. Read it again.")
    rights = access.Rights(definition, member)
    files_in = partial(linking.keys, record)
    changes = Reader(definition.shape, rights.on(record), record.values, files_in).read(body)
    before = _everything(record)
    with _unique():
        _apply(record, changes, member)
        _check_required(definition.shape, record)
        if _everything(record) == before and not changes.files:
            return record  # nothing to tell anybody, and nothing that would need a right
        touch(record, member, definition.version)
    for block, line in changes.lost_lines:
        removing.of_line(record, block, line, member)
    for path, given in changes.files.items():
        linking.link(record, path, given.field, given.entries, member, given.said)
    note(record, RecordEvent.Kind.CHANGED, member, fields=_differing(before, record, changes))
    return record


@transaction.atomic
def remove(record: Record, member: Member) -> None:
    """Also what its references carry along. Raises Forbidden, or Conflict where a reference forbids it."""
    definition = held(record.definition)
    record = locked(record, definition)
    if not access.Rights(definition, member).on(record).deletes():
        raise Forbidden("You may not remove this document.")
    check_not_held(record)
    # Whoever is about to refer to it is done before we look, or finds it gone.
    Record.objects.select_for_update().get(pk=record.pk)
    doomed = _doomed(record)
    for one in doomed.values():
        references.check_free(one, set(doomed))
    for one in doomed.values():
        _clear_references(one, set(doomed), member)
    for one in doomed.values():
        removing.of_record(one, member)
        note(one, RecordEvent.Kind.DELETED, member, externalId=one.external_id)
        one.delete()


def _apply(record: Record, changes: Changes, member: Member) -> None:
    references.resolve(record.definition, changes.values)
    record.values = {k: v for k, v in {**record.values, **changes.values}.items() if k not in changes.gone}
    if weight(record.values) > MOST_BYTES:
        raise TooLarge("The document has more than the %(most)s bytes of values that are kept.", most=MOST_BYTES)
    for name, value in changes.beside.items():
        BESIDE[name](record, value, member)


def _set_status(record: Record, value: Any, member: Member) -> None:
    names = [status.name for status in record.definition.shape.statuses]
    if value == record.status or (value is None and not record.status):
        return
    if value not in names:
        raise Wrong("status", "must be one of [%(choices)s]", choices=", ".join(names))
    sight = access.Rights(record.definition, member).on(record)
    if not sight.edits("status"):
        raise Forbidden("may not be changed by you", "status")
    record.status = value


def _set_external_id(record: Record, value: Any, member: Member) -> None:
    if value == record.external_id:
        return
    if not access.Rights(record.definition, member).on(record).edits("externalId"):
        raise Forbidden("may not be changed by you", "externalId")
    record.external_id = None if value is None else external_id(value)
    if value is not None and record.definition.records.filter(Q(key=value) | Q(external_id=value)).exists():
        raise _taken()


def _set_access(record: Record, value: Any, member: Member) -> None:
    """Who is in a record's groups; what the groups may do is the definition's to say."""
    if value == record.access.get("groups", []):
        return
    if not member.is_owner:
        raise Forbidden("may be changed by an owner only", "accessGroups")
    known = {group.id: group for group in record.definition.shape.access_groups}
    groups: list[AccessGroup] = []
    for index, one in enumerate(value if isinstance(value, list) else [None]):
        group = known.get(str(one.get("_id"))) if isinstance(one, dict) else None
        if group is None:
            raise Wrong(f"accessGroups[{index}]", "must name an access group of the definition by its _id")
        groups.append(_with_people(group, one, f"accessGroups[{index}]"))
    record.access = access.stored(groups)


def _with_people(group: AccessGroup, said: dict[str, Any], path: str) -> AccessGroup:
    people = {name: said[name] for name in access.shown(group) if name in said and name != "_id"}
    try:
        return AccessGroup.model_validate({**group.model_dump(by_alias=True), **people})
    except ValueError:
        raise Wrong(path, "must have arrays of ids as members") from None


BESIDE = {"status": _set_status, "externalId": _set_external_id, "accessGroups": _set_access}


def _check_required(shape: Shape, record: Record) -> None:
    """Files come after the record, so a field of files is not asked for here."""
    for field in shape.fields:
        if field.required and not field.is_attachment and is_empty(record.values.get(field.name)):
            raise Wrong(field.name, "is required")
    for block in shape.line_blocks:
        for index, line in enumerate(record.lines(block.name)):
            for field in block.fields:
                if field.required and not field.is_attachment and is_empty(line.get(field.name)):
                    raise Wrong(f"{block.name}[{index}].{field.name}", "is required")


@contextmanager
def _unique() -> Iterator[None]:
    """Two callers may give the same externalId at once; the database lets one of them through."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise _taken() from None


def _taken() -> Conflict:
    return Conflict("is the _id or externalId of another document of this definition", "externalId")


def _differing(before: dict[str, Any], record: Record, changes: Changes) -> list[str]:
    after = _everything(record)
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return sorted(names | set(changes.files))


def _everything(record: Record) -> dict[str, Any]:
    beside = {"status": record.status, "externalId": record.external_id, "accessGroups": record.access.get("groups")}
    return {**record.values, **beside}


def _doomed(record: Record) -> dict[int, Record]:
    """The record and all that its references say shall go with it, by id."""
    found, todo = {record.pk: record}, [record]
    while todo:
        one = todo.pop()
        for pointer in references.pointers(one.definition):
            if pointer.field.on_delete != "delete":
                continue
            for holder in references.holding(pointer, one):
                if holder.pk not in found:
                    holder.definition = pointer.definition
                    found[holder.pk] = holder
                    todo.append(holder)
        if len(found) > MOST_AT_ONCE:
            raise Conflict("More than %(most)s documents would go with this one.", most=MOST_AT_ONCE)
    return found


def _clear_references(record: Record, doomed: set[int], member: Member) -> None:
    for pointer in references.pointers(record.definition):
        if pointer.field.on_delete != "clear":
            continue
        for holder in references.holding(pointer, record):
            if holder.pk not in doomed:
                holder.definition = pointer.definition
                references.forget(pointer, holder, record.key)
                touch(holder, member)
                note(holder, RecordEvent.Kind.CHANGED, member, fields=[pointer.field.name], because=record.key)
