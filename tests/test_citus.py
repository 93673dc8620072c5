"""What stands between our schema and tables that are distributed by organization, held against Citus' rules.

Citus asks (its manual, "Determining application type" and "Limitations") that each primary and unique key of a
distributed table has the distribution column, and that its foreign keys lead to a reference table, or to a table with
the same column and have it in them; a reference table may not point at a distributed one. Primary keys are `id` alone
everywhere here, so they and the keys that point at them need the column in any case; what else is in the way is listed,
and docs/scale.md says what is to be done. A new table or key that would add to it fails here.
"""

from typing import Any

import pytest
from django.db import connection

from tests.docs.markdown import ROOT

COLUMN = "organization_id"
LIBRARIES = ("account_", "auth_", "django_", "mfa_", "procrastinate_", "socialaccount_", "usersessions_")

# Copied to every node, as people and programs are known before their organization is; small.
REFERENCE = {"accounts_organization", "accounts_member"}
# They concern no organization: on the coordinator.
LOCAL = {"cache", "limits_rate", "sealing_authority"}
# Rows below those of a distributed table, without the column so far.
LACKING = {
    "bulk_batchpaper", "bulk_batchrow", "drafting_draftpaper", "files_piece", "processes_due",
    "processes_ledgersignature", "processes_ledgertimestamp", "records_definitionversion", "webhooks_attempt",
}  # fmt: skip
# One of each in the whole installation: whoever asks knows nothing else.
ALONE = {
    "accounts_apikey.digest", "accounts_bearertoken.digest", "accounts_invitation.digest", "bulk_batch.public_id",
    "completing_completion.digest", "drafting_draft.public_id", "files_uploadticket.digest",
    "notify_notification.key", "notify_outboxmessage.message_id", "processes_document.code",
    "processes_erasure.public_id", "processes_participantlink.digest", "processes_personexport.public_id",
    "processes_process.public_id", "records_attachment.key", "retention_askederasure.public_id",
    "sealing_issuedcertificate.serial", "templating_template.public_id",
}  # fmt: skip
# A reference table that points at a distributed one.
BACKWARDS = {"accounts_organization → files_blob"}

TABLES = """
SELECT c.relname::text, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = %s)
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
UNIQUE = """
SELECT t.relname::text,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey)),
       EXISTS (SELECT FROM pg_constraint k
                WHERE k.conrelid = t.oid AND k.contype = 'f' AND k.conkey <@ i.indkey::int2[])
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
 WHERE i.indisunique AND NOT i.indisprimary AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
"""
FOREIGN = """
SELECT t.relname::text, o.relname::text FROM pg_constraint k
  JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class o ON o.oid = k.confrelid
 WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND NOT t.relispartition AND NOT o.relispartition
"""


def rows(statement: str, *values: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


@pytest.fixture
def distributed(db: None) -> set[str]:
    """Tables that have the column."""
    return {name for name, has in rows(TABLES, COLUMN) if has} - REFERENCE


def test_every_table_has_its_place(distributed: set[str]) -> None:
    ours = {name for name, _ in rows(TABLES, COLUMN) if not name.startswith(LIBRARIES)}
    assert len(distributed) > 30
    assert ours - distributed - REFERENCE - LOCAL <= LACKING, "give a new table the column organization_id"


def test_unique_keys_have_the_column_or_that_of_a_row_above_them(distributed: set[str]) -> None:
    found = {
        f"{table}.{', '.join(columns)}"
        for table, columns, has_parent in rows(UNIQUE)
        if table in distributed and COLUMN not in columns and not has_parent
    }
    assert found <= ALONE, "let a new unique key begin with organization_id"


def test_foreign_keys_lead_to_tables_of_the_same_kind(distributed: set[str]) -> None:
    pairs = rows(FOREIGN)
    assert {to for table, to in pairs if table in distributed} <= distributed | REFERENCE
    back = {f"{table} → {to}" for table, to in pairs if table in REFERENCE and to in distributed}
    assert back <= BACKWARDS


def test_the_page_names_all_of_them() -> None:
    text = (ROOT / "docs" / "scale.md").read_text()
    named = LACKING | REFERENCE | LOCAL | ALONE | BACKWARDS
    assert [name for name in sorted(named) if f"`{name}`" not in text] == []
