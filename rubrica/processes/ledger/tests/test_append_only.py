"""The database refuses to change or remove what is history: to the application, which lacks the right, and by triggers
to whoever has it (migration 0002)."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from rubrica.processes.models import Event, LedgerHead, LedgerLeaf, LedgerNode, LedgerSignature, LedgerTimestamp
from tests import sending
from tests.cast import make_acme
from tests.tampering import as_superuser

TABLES: list[Any] = [Event, LedgerHead, LedgerLeaf, LedgerNode, LedgerSignature, LedgerTimestamp]
STATEMENTS = ["UPDATE {} SET id = id + 1", "DELETE FROM {}", "TRUNCATE {} CASCADE", "DELETE FROM {} WHERE false"]


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("model", TABLES)
def test_every_statement_that_would_is_refused(db: None, model: Any, statement: str) -> None:
    asked = statement.format(model._meta.db_table)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(asked)
    if model is Event and statement.startswith("UPDATE"):  # refused row by row: an erasure may empty some
        sending.start(make_acme())
    with pytest.raises(IntegrityError, match="is refused"), as_superuser() as cursor:
        cursor.execute(asked)


def test_an_event_that_is_there_stays(db: None) -> None:
    process = sending.start(make_acme())
    first = process.events.get(sequence=1)
    for act in (first.delete, process.events.all().delete, lambda: process.events.update(actor_name="Somebody")):
        with pytest.raises(IntegrityError, match="is refused"), as_superuser():
            act()
    with pytest.raises(IntegrityError, match="is refused"), as_superuser():
        first.save()
    with pytest.raises(IntegrityError, match="is refused"), as_superuser():
        Event.objects.bulk_create(
            [first], update_conflicts=True, update_fields=["actor_name"], unique_fields=["process", "sequence"]
        )


def test_new_ones_come_in(db: None) -> None:
    acme = make_acme()
    process = sending.start(acme)
    sending.deliver(acme, sending.slot(process, "ID card"))
    assert [event.sequence for event in process.events.all()] == [1, 2]
