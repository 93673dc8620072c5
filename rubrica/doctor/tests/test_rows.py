"""The second lock is looked at: policies, who owns the tables, and who may rewrite events."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction

from rubrica.doctor.findings import FAILURE, OK, WARNING, Finding
from rubrica.doctor.rows import row_security
from rubrica.postgres import APPLICATION
from tests.tampering import as_superuser

pytestmark = pytest.mark.django_db


@contextmanager
def changed(statement: str) -> Iterator[None]:
    with transaction.atomic():
        with as_superuser() as cursor:
            cursor.execute(statement)
        yield
        transaction.set_rollback(True)


def found_after(statement: str) -> Finding:
    with changed(statement):
        return row_security()


def test_it_works() -> None:
    assert row_security().status == OK


def test_a_table_without_its_policy_is_a_failure() -> None:
    found = found_after("ALTER TABLE files_blob NO FORCE ROW LEVEL SECURITY")
    assert found.status == FAILURE and found.sentence == "There is no forced policy on files_blob."
    assert "rubrica migrate" in found.do


def test_an_application_that_may_rewrite_events() -> None:
    found = found_after(f"GRANT UPDATE ON processes_event TO {APPLICATION}")
    assert found.status == FAILURE and "may change events" in found.sentence


def test_one_role_for_everything_is_warned_of() -> None:
    found = found_after(f"ALTER TABLE processes_event OWNER TO {APPLICATION}")
    assert found.status == WARNING and "owns its tables" in found.sentence
    assert "RUBRICA_DATABASE_OWNER_URL" in found.do


def test_a_superuser_is_warned_of() -> None:
    with as_superuser():
        found = row_security()
    assert found.status == WARNING and "bound by no policy" in found.sentence
