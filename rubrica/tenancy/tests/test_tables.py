"""The second lock is on every table, and no statement without an organization opens it."""

import inspect
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django import app

from rubrica import tenancy
from rubrica.accounts.models import Organization
from rubrica.connecting.months import DELIVERIES
from rubrica.database import all_rows, planned_rows
from rubrica.postgres import APPLICATION
from rubrica.processes.models import Event, Participant, Process
from rubrica.tenancy import installing, policies, work
from tests import sending
from tests.cast import Acme, make_acme
from tests.sending import person
from tests.tampering import as_superuser

pytestmark = pytest.mark.django_db


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


# A policy of the application's role is for whatever it does ("*"), the owner's as well.
TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
       (SELECT array_agg(p.polname || ' ' || p.polcmd::text ORDER BY p.polname) FROM pg_policy p
         WHERE p.polrelid = c.oid)
  FROM pg_class c
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition ORDER BY 1
"""


def test_the_tests_are_the_application_whom_policies_bind() -> None:
    found = rows("SELECT current_user::text, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert found == [(APPLICATION, False)]


def test_every_table_has_a_forced_policy_or_a_reason_why_not() -> None:
    tables = rows(TABLES)
    assert len(tables) > 50
    bare = {name for name, forced, _ in tables if not forced}
    assert bare == {name for name, *_ in tables} & policies.OF_NOBODY.keys()
    assert {name: named for name, forced, named in tables if forced and named != ["organization *", "owner *"]} == {}


def test_a_partition_is_reached_through_its_parent_alone() -> None:
    """Whose policy then holds."""
    with connection.cursor() as cursor:
        cursor.execute(installing.PARTITIONS)
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        assert rows("SELECT has_table_privilege(%s, 'SELECT, INSERT, UPDATE, DELETE')", name) == [(False,)], name


def test_no_reason_is_given_for_a_table_that_is_not_there() -> None:
    there = {name for name, *_ in rows(TABLES)}
    assert policies.OF_NOBODY.keys() | policies.THROUGH.keys() | policies.ITSELF.keys() <= there
    assert set(policies.APPEND_ONLY) <= there


def test_a_parent_is_found_by_its_key_and_has_a_policy() -> None:
    for table, (column, parent) in policies.THROUGH.items():
        keys = rows("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass", table)
        points = any(f"FOREIGN KEY ({column}) REFERENCES {parent}(id)" in key for (key,) in keys)
        # Between tables in months there is no such constraint.
        assert points or (parent == DELIVERIES.ids and (table, column) in DELIVERIES.tables), table
        assert parent not in policies.OF_NOBODY


@pytest.fixture
def two(acme: Acme, other: Acme) -> Iterator[tuple[Acme, Acme]]:
    """Each of the two has a process with people."""
    for one in (acme, other):
        sending.start(one, person("Ana", "ID card"))
    yield acme, other


def test_an_organization_sees_its_own_rows_and_no_others(two: tuple[Acme, Acme]) -> None:
    acme, other = two
    with tenancy.only(acme.organization.pk):
        assert {row.organization_id for row in Process.objects.all()} == {acme.organization.pk}
        assert {row.organization_id for row in Participant.objects.all()} == {acme.organization.pk}
        assert list(Organization.objects.all()) == [acme.organization]
        assert Process.objects.update(name="Ours") == 1
        # An organization that is not in sight can be given nothing either.
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Process.objects.update(organization_id=other.organization.pk)


@pytest.mark.parametrize("read", [all_rows, planned_rows])
def test_statements_in_front_of_django_see_no_more(two: tuple[Acme, Acme], read: Any) -> None:
    acme, other = two
    for one in (acme, other, acme):
        with tenancy.only(one.organization.pk):
            assert read("SELECT organization_id FROM processes_process WHERE id > %(n)s", {"n": 0}) == [
                (one.organization.pk,)
            ]
    with tenancy.nobody():
        assert read("SELECT 1 FROM processes_process WHERE id > %(n)s", {"n": 0}) == []


def test_what_was_in_sight_before_a_savepoint_is_in_sight_after_it(two: tuple[Acme, Acme]) -> None:
    acme, other = two
    with tenancy.only(acme.organization.pk):
        Process.objects.get()
    with pytest.raises(ZeroDivisionError), transaction.atomic(), tenancy.only(other.organization.pk):
        Process.objects.get()
        raise ZeroDivisionError
    with tenancy.only(other.organization.pk):
        assert Process.objects.get().organization_id == other.organization.pk


@pytest.mark.parametrize("table", policies.APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_can_be_neither_changed_nor_removed(acme: Acme, table: str, change: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        rows(change.format(table))


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE processes_event DISABLE TRIGGER ALL",
        "ALTER TABLE processes_process DISABLE ROW LEVEL SECURITY",
        "DROP POLICY organization ON processes_process",
        "DROP TABLE processes_event",
        "CREATE TABLE processes_more (id bigint)",
        "SET LOCAL session_replication_role = replica",
        "DELETE FROM django_migrations",
    ],
)
def test_the_application_owns_nothing(change: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"must be owner|permission denied"):
        cursor.execute(change)


def test_nothing_is_locked_where_all_is_in_place() -> None:
    with as_superuser() as cursor:
        installing.protect(cursor, APPLICATION, "postgres")
        cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'")
        assert cursor.fetchone() == (0,)


def test_a_table_of_which_nothing_is_said_is_refused(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(policies.THROUGH, "processes_due")
    with as_superuser() as cursor, pytest.raises(installing.Unprotected, match="processes_due"):
        installing.protect(cursor, APPLICATION, "postgres")


def test_one_role_for_everything_goes_on_as_before(acme: Acme, settings: Any) -> None:
    """Nothing binds it, and nothing is taken from it."""
    settings.APPLICATION_ROLE = "postgres"
    with as_superuser() as cursor:
        cursor.execute("DROP POLICY organization ON processes_process")
        cursor.execute("ALTER TABLE processes_process DISABLE ROW LEVEL SECURITY")
        installing.install_after_migrations()
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = 'processes_process'::regclass")
        assert cursor.fetchone() == (False,)


def test_every_task_says_whose_it_is() -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]
    for name, task in app.tasks.items():
        if not name.startswith("rubrica."):
            continue
        names = [word for word in inspect.signature(task.func).parameters if word != "context"]
        known = names == [work.BY_THE_CLOCK] or names[0] == "organization_id" or names[0] in work.TABLES
        assert known, f"{name}: say in rubrica/tenancy/work.py what {names} are ids of"


def test_a_job_sees_the_organization_of_its_row(two: tuple[Acme, Acme]) -> None:
    acme, other = two
    for one in (acme, other):
        process = Process.objects.get(organization=one.organization)
        with work.sight({"process_id": process.pk, "participant_id": None}):
            assert tenancy.sight() == str(one.organization.pk)
            assert {event.process_id for event in Event.objects.all()} == {process.pk}
    with work.sight({"process_id": 0}):
        assert tenancy.sight() == tenancy.NOBODY
    with work.sight({"timestamp": 1}):
        assert tenancy.sight() == tenancy.EVERY


def test_what_was_said_outside_of_a_transaction_is_said_again_in_the_next(transactional_db: None) -> None:
    """A statement for which the server binds the values may be the first of one."""
    acme = make_acme()
    sending.start(acme, person("Ana", "ID card"))
    asked = "SELECT count(*) FROM processes_process WHERE id > %(n)s"
    with tenancy.only(acme.organization.pk):
        assert Process.objects.count() == 1
        with transaction.atomic():
            assert all_rows(asked, {"n": 0}) == [(1,)]
        assert all_rows(asked, {"n": 0}) == planned_rows(asked, {"n": 0}) == [(1,)]
        assert [row.pk for row in Process.objects.iterator(1)] == [Process.objects.get().pk]
    assert list(Process.objects.filter(pk__gt=0).iterator(1))
    with tenancy.nobody():
        assert all_rows(asked, {"n": 0}) == [(0,)]
        assert list(Process.objects.iterator(1)) == []


def test_a_statement_that_fails_leaves_the_connection_whole(transactional_db: None) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.DivisionByZero):
            all_rows("SELECT 1 / %(n)s", {"n": 0})
        assert all_rows("SELECT 1 / %(n)s", {"n": 1}) == [(1,)]


def test_a_statement_that_the_server_has_forgotten_is_prepared_again(transactional_db: None) -> None:
    """As psycopg makes it forget all of them, once one of a savepoint was taken back."""
    for _ in range(2):
        assert all_rows("SELECT 2 WHERE %(n)s = 1", {"n": 1}) == [(2,)]
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
