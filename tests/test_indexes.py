"""Every index costs each row that is written: none repeats the beginning of another."""

import pytest
from django.db import connection

INDEXES = """
SELECT t.relname, i.indexrelid::regclass::text, string_to_array(i.indkey::text, ' ')
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_am m ON m.oid = x.relam
 WHERE t.relnamespace = 'public'::regnamespace AND i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree'
   AND NOT EXISTS (SELECT FROM pg_opclass c WHERE c.oid = ANY (i.indclass::oid[]) AND c.opcname LIKE '%%_pattern_ops')
   AND i.indisunique = %s
"""
THEIRS = ("account_", "auth_", "django_", "mfa_", "procrastinate_", "socialaccount_")  # tables of libraries


@pytest.mark.django_db
def test_no_index_repeats_the_beginning_of_another() -> None:
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [False])
        plain = cursor.fetchall()
        cursor.execute(INDEXES, [True])
        unique = cursor.fetchall()
    assert len(plain) > 30 and len(unique) > 30
    repeated = [
        f"{name} begins as {other} does: give the foreign key db_index=False"
        for table, name, columns in plain
        for other_table, other, longer in plain + unique
        if table == other_table and name != other and longer[: len(columns)] == columns and not table.startswith(THEIRS)
    ]
    assert not repeated, "\n".join(repeated)
