"""Two at once: who is late with an old hash is told so, and what is named stays while it gets a reference."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from rubrica.records import definitions, saving
from rubrica.records.errors import Conflict, Refusal, Wrong
from rubrica.records.models import Definition, Record
from tests.cast import Acme, make_acme

SHAPE: dict[str, Any] = {"name": "Invoices", "fields": [{"name": "title", "type": "text"}]}


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    return make_acme()


@pytest.fixture
def invoices(acme: Acme) -> Definition:
    return definitions.create(acme.organization, SHAPE, acme.owner)


def together(*actions: Callable[[], Any]) -> list[Any]:
    """Each in a thread and on a connection of its own; a refusal is its result."""

    def run(action: Callable[[], Any]) -> Any:
        try:
            return action()
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def test_of_many_with_the_same_hash_one_gets_through(acme: Acme, invoices: Definition) -> None:
    record = saving.create(invoices, {}, acme.owner)
    changes = [{"title": str(number), "_hash": record.hash} for number in range(6)]
    found = together(*(lambda body=body: saving.merge(record, body, acme.owner) for body in changes))
    assert sum(isinstance(one, Record) for one in found) == 1
    assert all(isinstance(one, Record | Conflict) for one in found)
    record.refresh_from_db()
    assert record.revision == 2


def test_of_many_with_the_same_external_id_one_is_made(acme: Acme, invoices: Definition) -> None:
    make = [lambda: saving.create(invoices, {"externalId": "one"}, acme.owner)] * 6
    found = together(*make)
    assert sum(isinstance(one, Record) for one in found) == 1
    assert all(isinstance(one, Record | Conflict) for one in found)
    assert Record.objects.get().external_id == "one"


def test_a_record_that_is_removed_gets_no_reference(acme: Acme, invoices: Definition) -> None:
    field = {"name": "of", "type": "reference", "definition": "Invoices"}
    payments = definitions.create(acme.organization, {"name": "Payments", "fields": [field]}, acme.owner)
    for _ in range(5):
        invoice = saving.create(invoices, {}, acme.owner)
        made, removed = together(
            lambda key=invoice.key: saving.create(payments, {"of": key}, acme.owner),  # type: ignore[misc]
            lambda invoice=invoice: saving.remove(invoice, acme.owner),  # type: ignore[misc]
        )
        if isinstance(made, Record):
            assert isinstance(removed, Conflict) and Record.objects.filter(pk=invoice.pk).exists()
        else:
            assert isinstance(made, Wrong) and removed is None


def test_a_definition_does_not_change_under_a_record_that_is_made(acme: Acme, invoices: Definition) -> None:
    for _ in range(5):
        Record.objects.all().delete()
        found = together(
            lambda: saving.create(invoices, {"title": "x"}, acme.owner),
            lambda: definitions.change(invoices, {"fields": [{"name": "other", "type": "text"}]}, acme.owner),
        )
        values = [record.values for record in Record.objects.all()]
        assert (values == [{"title": "x"}]) == isinstance(found[0], Record)
        assert isinstance(found[0], Record) != isinstance(found[1], Definition)
        if isinstance(found[1], Definition):
            definitions.change(invoices, {"fields": SHAPE["fields"]}, acme.owner)
