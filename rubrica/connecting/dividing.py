"""How a table that is there becomes a table in months: what migrations call, and the functions that they store."""

from collections.abc import Callable
from typing import Any

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable

from rubrica.connecting.months import BEFORE, IDS, NOW, REST

LOCK_TRIES = 60  # of two seconds each: whoever waits for a table for longer makes everybody else wait behind

# ``month_of`` gives the place of a month since the year 2000, ``month_part`` the name of its partition.
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION month_of(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT ((extract(year FROM at AT TIME ZONE 'UTC') - 2000) * 12
            + extract(month FROM at AT TIME ZONE 'UTC') - 1)::bigint
$$;
CREATE OR REPLACE FUNCTION month_part(parent text, month bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT parent || '_' || (2000 + month / 12) || '_' || lpad((month % 12 + 1)::text, 2, '0')
$$;
-- Like the partition of the rest in everything: indexes, checks, and triggers for statements, which parents do not
-- hand down. Gives whether it was made now.
CREATE OR REPLACE FUNCTION make_month(parent text, month bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET lock_timeout = '2s' SET search_path FROM CURRENT AS $$
DECLARE part text := month_part(parent, month); guard text;
BEGIN
    IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
    IF NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass(parent)) THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES'
                   ' INCLUDING STORAGE)', part, parent || '_{REST}');
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   parent, part, month * {IDS}, (month + 1) * {IDS});
    FOR guard IN SELECT replace(pg_get_triggerdef(t.oid), parent || '_{REST} ', part || ' ') FROM pg_trigger t
        WHERE t.tgrelid = to_regclass(parent || '_{REST}') AND NOT t.tgisinternal AND t.tgparentid = 0
    LOOP EXECUTE guard; END LOOP;
    RETURN true;
END $$;
-- The ids of ``ids`` go on in this month, once every table that goes by them has it. Of several that come at the same
-- moment one does it: a sequence that is set back would give numbers twice.
CREATE OR REPLACE FUNCTION begin_month(ids text, tables text[]) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE month bigint := month_of(now()); sequence text := pg_get_serial_sequence(ids, 'id'); last bigint;
BEGIN
    IF EXISTS (SELECT FROM unnest(tables) t WHERE to_regclass(month_part(t, month)) IS NULL) THEN RETURN false; END IF;
    EXECUTE 'SELECT last_value FROM ' || sequence INTO last;
    IF last >= month * {IDS} THEN RETURN false; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('months of ' || ids, 0));
    EXECUTE 'SELECT last_value FROM ' || sequence INTO last;
    IF last >= month * {IDS} THEN RETURN false; END IF;
    PERFORM setval(sequence, month * {IDS});
    RETURN true;
END $$;
-- Removes a month that holds nothing any more; gives whether it did.
CREATE OR REPLACE FUNCTION drop_empty_month(parent text, month bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET lock_timeout = '2s' SET search_path FROM CURRENT AS $$
DECLARE part text := month_part(parent, month); is_held boolean;
BEGIN
    IF month >= month_of(now()) THEN RETURN false; END IF;
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(part) AND inhparent = to_regclass(parent))
        THEN RETURN false; END IF;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', part);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', part) INTO is_held;
    IF is_held THEN RETURN false; END IF;
    EXECUTE format('DROP TABLE %I', part);
    RETURN true;
END $$;
"""  # noqa: S608  numbers and names of ours
NO_FUNCTIONS = """
DROP FUNCTION drop_empty_month(text, bigint); DROP FUNCTION begin_month(text, text[]);
DROP FUNCTION make_month(text, bigint); DROP FUNCTION month_part(text, bigint); DROP FUNCTION month_of(timestamptz);
"""

SERIAL = "SELECT pg_get_serial_sequence(%s, 'id')"
INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = to_regclass(%s) AND contype IN ('p', 'u', 'f') ORDER BY contype DESC, conname
"""
GUARDS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal"


def divide(table: str, column: str, *, without: tuple[str, ...] = ()) -> Callable[[Any, Any], None]:
    """For a migration that is not atomic: ``table`` becomes the first partition of a new table of its name.

    However large it is, it is read once, while everybody goes on reading and writing, to see that its numbers lie
    below this month; the exchange itself takes milliseconds. ``without`` names constraints and indexes that the new
    table cannot have: they stay with each partition.
    """

    def forwards(apps: Any, editor: Any) -> None:
        ours = editor.connection
        with ours.cursor() as cursor:
            if _told(cursor, "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", table) != "r":
                return  # an earlier run has come so far
            bound = _told(cursor, NOW) * IDS
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{table}_bound"')
            cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_bound" CHECK ({column} < {bound}) NOT VALID')
            cursor.execute(f'ALTER TABLE "{table}" VALIDATE CONSTRAINT "{table}_bound"')
        for left in reversed(range(LOCK_TRIES)):
            try:
                with transaction.atomic(ours.alias), ours.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                    _exchange(cursor, table, column, bound, without)
                return
            except OperationalError as error:
                if not left or not isinstance(error.__cause__, LockNotAvailable):
                    raise

    return forwards


def _exchange(cursor: Any, table: str, column: str, bound: int, without: tuple[str, ...]) -> None:
    before, rest = f"{table}_{BEFORE}", f"{table}_{REST}"
    cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
    last, is_used = _row(cursor, f"SELECT last_value, is_called FROM {_told(cursor, SERIAL, table)}")  # noqa: S608  a name of ours
    made = _definitions(cursor, table, without)
    for index, _ in _rows(cursor, INDEXES, [table]):
        cursor.execute(f'ALTER INDEX "{index}" RENAME TO "{index[:56]}_{BEFORE}"')
    cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN id DROP IDENTITY')
    cursor.execute(f'ALTER TABLE "{table}" RENAME TO "{before}"')
    cursor.execute(
        f'CREATE TABLE "{table}" (LIKE "{before}" INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE) '
        f"PARTITION BY RANGE ({column})"
    )
    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_bound"')
    cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY')
    cursor.execute("SELECT setval(%s, %s, %s)", [_told(cursor, SERIAL, table), last, is_used])
    for statement in made:
        cursor.execute(statement)
    cursor.execute(f'ALTER TABLE "{table}" ATTACH PARTITION "{before}" FOR VALUES FROM (MINVALUE) TO ({bound})')
    cursor.execute(f'ALTER TABLE "{before}" DROP CONSTRAINT "{table}_bound"')
    cursor.execute(
        f'CREATE TABLE "{rest}" (LIKE "{before}" INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES '
        "INCLUDING STORAGE)"
    )
    cursor.execute(f'ALTER TABLE "{table}" ATTACH PARTITION "{rest}" DEFAULT')
    for (guard,) in _rows(cursor, GUARDS, [before]):
        cursor.execute(guard.replace(f"{before} ", f"{rest} "))


def _definitions(cursor: Any, table: str, without: tuple[str, ...]) -> list[str]:
    """What makes the new table's constraints, indexes and triggers those of the old one."""
    constraints = _rows(cursor, CONSTRAINTS, [table])
    named = {constraint for constraint, _ in constraints}
    found = [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{one}" {text}'
        for one, text in constraints
        if not one.startswith(without)
    ]
    found += [text for one, text in _rows(cursor, INDEXES, [table]) if one not in named and not one.startswith(without)]
    return found + [guard for (guard,) in _rows(cursor, GUARDS, [table])]


def _rows(cursor: Any, statement: str, values: list[Any]) -> list[Any]:
    cursor.execute(statement, values)
    found: list[Any] = cursor.fetchall()
    return found


def _row(cursor: Any, statement: str) -> Any:
    cursor.execute(statement)
    return cursor.fetchone()


def _told(cursor: Any, statement: str, *values: Any) -> Any:
    cursor.execute(statement, values)
    return (cursor.fetchone() or [None])[0]
