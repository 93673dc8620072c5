"""Each table has a row of either organization, and nobody finds another's. They are made up by the kinds of columns, so
that a table which comes tomorrow is in the test without a word."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from rubrica import tenancy
from rubrica.tenancy import policies
from tests.cast import Acme
from tests.tampering import GUARDED, UNGUARDED

pytestmark = pytest.mark.django_db

FORCED = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
   AND NOT relispartition AND relrowsecurity AND relforcerowsecurity ORDER BY relname
"""
WANTED = """
SELECT attname, atttypid::regtype::text FROM pg_attribute a WHERE attrelid = %s::regclass AND attnum > 0
   AND NOT attisdropped AND attgenerated = '' AND (attname = ANY (%s) OR (attnotnull AND NOT EXISTS
       (SELECT FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum)))
"""
CHECKS = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'"
FIRST = 31_001  # an id that fits every kind of number, and that no other row has
KINDS = {
    "boolean": "false",
    "bytea": "%(n)s::text::bytea",
    "character varying": "right(%(n)s::text, 2)",
    "date": "current_date",
    "inet": "'127.0.0.1'",
    "jsonb": "'{}'",
    "timestamp with time zone": "now()",
    "uuid": "gen_random_uuid()",
}


@pytest.fixture
def rows(acme: Acme, other: Acme) -> Iterator[dict[str, list[Any]]]:
    """By table: where the row of the one lies, and that of the other."""
    with connection.cursor() as cursor:
        cursor.execute(FORCED)
        tables = [name for (name,) in cursor.fetchall() if name not in policies.ITSELF]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in UNGUARDED.split("; "):
            cursor.execute(statement)
        made = {name: [_made(cursor, name, n, one) for n, one in enumerate([acme, other], FIRST)] for name in tables}
        for statement in GUARDED.split("; "):
            cursor.execute(statement)
    yield made


def _made(cursor: Any, table: str, n: int, whose: Acme) -> Any:
    """Its parent's id, where it has a parent, is the same as its own."""
    cursor.execute(CHECKS, [table])
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}" CASCADE')
    parent, _ = policies.THROUGH.get(table, ("organization_id", ""))
    cursor.execute(WANTED, [table, ["id", parent]])
    columns = {column: KINDS.get(kind, "%(n)s") for column, kind in cursor.fetchall()}
    if "organization_id" in columns:
        columns["organization_id"] = str(whose.organization.pk)
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES ({values}) RETURNING tableoid, ctid::text', {"n": n})
    return cursor.fetchone()


def found(table: str) -> set[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT tableoid, ctid::text FROM "{table}"')
        return set(cursor.fetchall())


def test_without_an_organization_there_is_no_row_and_with_one_none_of_another(
    rows: dict[str, list[Any]], acme: Acme, other: Acme
) -> None:
    assert len(rows) > 50
    for table, (ours, theirs) in rows.items():
        assert {ours, theirs} <= found(table), table
        with tenancy.nobody():
            assert found(table) == set(), table
        with tenancy.only(acme.organization.pk):
            assert ours in found(table) and theirs not in found(table), table
        with tenancy.only(other.organization.pk):
            assert theirs in found(table) and ours not in found(table), table


def test_what_is_not_seen_cannot_be_removed(rows: dict[str, list[Any]], acme: Acme) -> None:
    for table in rows.keys() - set(policies.APPEND_ONLY):
        oid, place = rows[table][1]
        with tenancy.only(acme.organization.pk), connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{table}" WHERE tableoid = %s AND ctid = %s::tid', [oid, place])
            assert cursor.rowcount == 0, table
