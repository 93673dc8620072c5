"""Events whose personal data can be erased, erasures, exports of a person, and legal holds.

The database still refuses to rewrite events. What it lets pass now is to blank what may tell of a person, in a row that
names the erasure; the rest of the row must stay as it is. The hash goes on binding what was there (``models.chain``).
"""

from django.conf import settings
from django.db import migrations, models

import rubrica.clock
import rubrica.processes.models.erasure

GUARD = """
CREATE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.erased IS NOT NULL
       AND (NEW.id, NEW.organization_id, NEW.process_id, NEW.sequence, NEW.kind, NEW.at, NEW.actor_kind, NEW.position)
           IS NOT DISTINCT FROM
           (OLD.id, OLD.organization_id, OLD.process_id, OLD.sequence, OLD.kind, OLD.at, OLD.actor_kind, OLD.position)
       AND NEW.previous = OLD.previous AND NEW.hash = OLD.hash
       AND (NEW.salt IS NULL) = (OLD.salt IS NULL)
       AND NEW.actor IN (OLD.actor, '') AND NEW.actor_name IN (OLD.actor_name, '')
       AND NEW.ip IN (OLD.ip, '') AND NEW.user_agent IN (OLD.user_agent, '')
       AND ARRAY(SELECT jsonb_object_keys(NEW.data) ORDER BY 1) = ARRAY(SELECT jsonb_object_keys(OLD.data) ORDER BY 1)
       AND NOT EXISTS (SELECT FROM jsonb_each(NEW.data) AS told
                        WHERE told.value <> '""' AND told.value IS DISTINCT FROM OLD.data -> told.key)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'update of % is refused: its rows are history', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER append_only ON processes_event;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON processes_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER only_erased BEFORE UPDATE ON processes_event
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased();
"""

NO_GUARD = """
DROP TRIGGER only_erased ON processes_event;
DROP TRIGGER append_only ON processes_event;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON processes_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
DROP FUNCTION refuse_unless_erased();
"""


def key(on_delete, related_name, to, **options):
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_retention"),
        ("files", "0005_erased_blobs"),
        ("processes", "0006_partitions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=rubrica.processes.models.erasure.new_id, max_length=24, unique=True),
                ),
                ("statement", models.TextField()),
                ("cms", models.BinaryField(null=True)),
                ("made_at", models.DateTimeField(default=rubrica.clock.now)),
                ("signed_at", models.DateTimeField(null=True)),
                ("organization", key(models.PROTECT, "erasures", "accounts.organization", db_index=False)),
            ],
            options={"indexes": [models.Index(fields=["organization", "-id"], name="erasure_newest")]},
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=500)),
                ("by", models.CharField(max_length=254)),
                ("since", models.DateTimeField(default=rubrica.clock.now)),
                ("lifted_by", models.CharField(blank=True, max_length=254)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("organization", key(models.PROTECT, "holds", "accounts.organization")),
                ("process", key(models.PROTECT, "holds", "processes.process", null=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("process",), name="hold_once_a_process"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None), ("process", None)),
                        fields=("organization",),
                        name="hold_once_an_organization",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=rubrica.processes.models.erasure.new_id, max_length=24, unique=True),
                ),
                ("identifier", models.CharField(max_length=320)),
                ("language", models.CharField(max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[("making", "Making"), ("made", "Made"), ("failed", "Failed")],
                        default="making",
                        max_length=6,
                    ),
                ),
                ("done", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("blob", key(models.PROTECT, "+", "files.blob", null=True)),
                ("by", key(models.PROTECT, "+", settings.AUTH_USER_MODEL, null=True)),
                ("organization", key(models.PROTECT, "person_exports", "accounts.organization")),
            ],
            options={"indexes": [models.Index(fields=["created_at"], name="person_export_oldest")]},
        ),
        migrations.AddField("event", "salt", models.BinaryField(max_length=32, null=True)),
        migrations.AddField("event", "erased", models.JSONField(null=True)),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
