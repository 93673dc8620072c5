from django.db import migrations

# Events and the ledger are added to and never changed, whoever asks: a mistake in our own code, SQL that somebody has
# smuggled in, or a hand at the console. It is no lock against the owner of the tables, who can take the trigger away,
# nor against a superuser: what they change is found by the chains and the signed heads (docs/verify.md).
#
# One trigger for each statement costs nothing where rows are inserted. A later migration that must rewrite events takes
# the trigger off and puts it back, and says why.
TABLES = ("event", "ledgerleaf", "ledgernode", "ledgerhead", "ledgersignature", "ledgertimestamp")

REFUSE = """
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are history', lower(TG_OP), TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON processes_{table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();\n"
    for table in TABLES
)
ALLOW = "".join(f"DROP TRIGGER append_only ON processes_{table};\n" for table in TABLES) + (
    "DROP FUNCTION refuse_rewriting();"
)


class Migration(migrations.Migration):
    dependencies = [("processes", "0007_ledger")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
