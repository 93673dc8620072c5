"""Policies and rights, brought to what ``policies`` says after every ``rubrica migrate``, as the owner of the tables.

Not in migrations: a table that comes later or a restored dump gets its own by the same few lines, and a run that finds
everything in place changes and locks nothing.
"""

from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from rubrica.tenancy import policies

NAME, OF_OWNER = "organization", "owner"
LOCK_TRIES = 60  # of two seconds each: whoever waits for a table for longer makes everybody else wait behind

# Partitions are reached through their parent alone, whose policy then holds; the application has no right to them.
TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, coalesce(p.said, ''),
       (SELECT array_agg(a.attname::text) FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM pg_class c
  LEFT JOIN LATERAL (SELECT obj_description(o.oid, 'pg_policy') AS said FROM pg_policy o
                      WHERE o.polrelid = c.oid AND o.polname = %s) p ON true
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY c.relname
"""
# Also a month of the events that was taken out, and lies beside them as a table of its own.
PARTITIONS = """
SELECT relname FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
   AND (relispartition OR relname ~ '^processes_event_[0-9]{4}_[0-9]{2}$')
"""
IS_OWNER = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'django_migrations'::regclass"
ROLES = "SELECT current_user::text, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"


class Unprotected(Exception):
    """A table of which nobody has said whose its rows are (``policies``)."""


def install_after_migrations(**_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(IS_OWNER)
        if not cursor.fetchone()[0]:
            return  # Django sends the signal also when the application empties its tables.
        application, owner = _roles(cursor)
        if application:
            protect(cursor, application, owner)
            with transaction.atomic():
                grant(cursor, application)
                give_more(cursor, application)
        else:
            _tables(cursor)  # whoever adds a table hears of it with one role as well


def protect(cursor: Any, application: str, owner: str) -> None:
    """Table by table, while everybody goes on reading and writing. Raises Unprotected."""
    for table, enabled, forced, said, condition in _tables(cursor):
        if condition is None:
            continue
        # What PostgreSQL gives back is written in its own way, so that what was said is kept beside the policy.
        wanted = f"{application}: {condition}"
        if not (enabled and forced and said == wanted):
            for left in reversed(range(LOCK_TRIES)):
                if _protect(cursor, table, condition, wanted, (application, owner), may_wait=left > 0):
                    break


def _protect(cursor: Any, table: str, condition: str, wanted: str, roles: tuple[str, str], *, may_wait: bool) -> bool:
    """False where somebody uses the table for too long now."""
    try:
        with transaction.atomic():
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            _make_policies(cursor, table, condition, *roles)
            cursor.execute(f'COMMENT ON POLICY {NAME} ON "{table}" IS %s', [wanted])
    except OperationalError as error:
        if not may_wait or not isinstance(error.__cause__, LockNotAvailable):
            raise
        return False
    return True


def _make_policies(cursor: Any, table: str, condition: str, application: str, owner: str) -> None:
    """The owner sees everything: it migrates, and saves backups, and a process of a version that knows nothing of this
    goes on as owner until it is replaced."""
    cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
    cursor.execute(f'DROP POLICY IF EXISTS {NAME} ON "{table}"')
    cursor.execute(f'DROP POLICY IF EXISTS {OF_OWNER} ON "{table}"')
    cursor.execute(f'CREATE POLICY {NAME} ON "{table}" TO {_quoted(application)} USING ({condition})')
    cursor.execute(f'CREATE POLICY {OF_OWNER} ON "{table}" TO {_quoted(owner)} USING (true)')


def _tables(cursor: Any) -> list[tuple[str, bool, bool, str, str | None]]:
    cursor.execute(TABLES, [NAME])
    found = []
    for table, enabled, forced, said, columns in cursor.fetchall():
        condition = policies.policy(table, columns)
        if condition is None and table not in policies.OF_NOBODY:
            raise Unprotected(f"Say in rubrica/tenancy/policies.py whose the rows of {table} are.")
        found.append((table, enabled, forced, said, condition))
    return found


def _roles(cursor: Any) -> tuple[str, str]:
    """The application's, empty where it is the owner itself, and the owner's, as whom this runs.

    Whoever has one role alone goes on as before, also while two versions run side by side: nothing binds it.
    """
    application = settings.APPLICATION_ROLE
    cursor.execute(ROLES, [application])
    owner, there = cursor.fetchone()
    return (application if there and application != owner else ""), owner


def grant(cursor: Any, application: str) -> None:
    """What it needs; of history it can only make more."""
    role = _quoted(application)
    for statement in GRANTS:
        cursor.execute(statement.format(role=role))
    cursor.execute(PARTITIONS)
    for (name,) in cursor.fetchall():
        cursor.execute(f'REVOKE ALL ON "{name}" FROM {role}')
    for table in policies.APPEND_ONLY:
        cursor.execute(f'REVOKE UPDATE, DELETE ON "{table}" FROM {role}')
    for table, columns in policies.BLANKED.items():
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND NOT attisdropped", [table])
        there = {name for (name,) in cursor.fetchall()}
        if there.issuperset(columns):
            cursor.execute(f'GRANT UPDATE ({", ".join(columns)}) ON "{table}" TO {role}')


def give_more(cursor: Any, application: str) -> None:
    """What only a superuser can give, and what works more slowly without (docs/operate.md).

    Below a policy PostgreSQL uses an index only for what tells nothing about rows that may not be seen. Of these it
    does not vouch for that, though none says more than whether something matches. And ``event_horizon`` has to know of
    which database a transaction is that still runs.
    """
    cursor.execute("SELECT rolsuper, pg_has_role(%s, 'pg_read_all_stats', 'USAGE') FROM pg_roles"
                   " WHERE rolname = current_user", [application])  # fmt: skip
    is_superuser, sees_transactions = cursor.fetchone()
    if not is_superuser:
        return
    if not sees_transactions:
        cursor.execute(f"GRANT pg_read_all_stats TO {_quoted(application)}")
    for function in MATCHING:
        cursor.execute("SELECT proleakproof FROM pg_proc WHERE oid = %s::regprocedure", [function])
        if not cursor.fetchone()[0]:
            cursor.execute(f"ALTER FUNCTION {function} LEAKPROOF")


# Of the indexes over words of processes, the values of records, and the digests of files that were given out.
MATCHING = (
    "pg_catalog.ts_match_vq(tsvector, tsquery)",
    "pg_catalog.to_tsvector(regconfig, text)",
    "pg_catalog.jsonb_contains(jsonb, jsonb)",
    "pg_catalog.jsonb_object_field_text(jsonb, text)",
)
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)


def _quoted(role: str) -> str:
    return connection.ops.quote_name(role)
