"""A change of a record: its row is held, its hash moves, and its history says so."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.processes.models import Hold
from rubrica.records import bridge, telling
from rubrica.records.errors import Forbidden, NotFound
from rubrica.records.models import Definition, Record, RecordEvent

NOT_THERE = 'There is no document "%(id)s".'


@contextmanager
def changing(record: Record, by: Member | None) -> Iterator[Record]:
    """The record as it is now, held; what is changed inside is saved with a new hash. Raises NotFound."""
    with transaction.atomic():
        definition = held(record.definition)
        found = locked(record, definition)
        yield found
        touch(found, by)


def held(definition: Definition) -> Definition:
    """As it is now, and unchanged until the transaction ends. Records of one definition still change side by side.

    Raises NotFound when it has gone, Forbidden for the built-in one.
    """
    if bridge.is_built_in(definition):
        raise Forbidden(bridge.READ_ONLY)
    found = Definition.objects.raw("SELECT * FROM records_definition WHERE id = %s FOR SHARE", [definition.pk])
    for one in found:
        return one
    raise NotFound('There is no document definition "%(id)s".', id=definition.key)


def locked(record: Record, definition: Definition) -> Record:
    """The row as it is now, held until the transaction ends. Raises NotFound when it has gone."""
    found = Record.objects.select_for_update(of=("self",), no_key=True).filter(pk=record.pk).first()
    if found is None:
        raise NotFound(NOT_THERE, id=record.key)
    found.definition = definition
    return found


def check_not_held(record: Record) -> None:
    """Under a legal hold on the organization nothing is deleted by hand either. Raises Forbidden."""
    if Hold.objects.in_force().filter(organization_id=record.organization_id, process=None).exists():
        raise Forbidden("The organization is under a legal hold, so nothing is deleted.")


def touch(record: Record, by: Member | None, version: int | None = None) -> None:
    """Saves a changed record: its hash and moment move."""
    record.revision += 1
    record.modified_at, record.modified_by = clock.now(), by
    record.version = version or record.version
    record.save()


def note(record: Record, kind: str, by: Member | None, **data: Any) -> None:
    """Says in the record's history what happened; stays when the record goes."""
    note_all(record, kind, by, [data])


def note_all(record: Record, kind: str, by: Member | None, many: Iterable[dict[str, Any]]) -> None:
    """One event for each, told outside in the same transaction."""
    events = [
        RecordEvent(
            organization_id=record.organization_id,
            definition_key=record.definition.key,
            record_key=record.key,
            kind=kind,
            who=by,
            data=data,
        )
        for data in many
    ]
    telling.tell(record, RecordEvent.objects.bulk_create(events))
