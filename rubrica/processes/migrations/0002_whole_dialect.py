import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock

# What an earlier version knew, in the new words. Checks were kept but not asked by it, so none are in force.
# Dates and reminders it kept as well and did not act on; from now on they hold.
CARRY_OVER = """
INSERT INTO processes_part (organization_id, document_id, participant_id, index, signer_type, by_label)
SELECT s.organization_id, d.id, s.id, row_number() OVER (PARTITION BY d.id ORDER BY s.id) - 1, s.signer_type, s.by_label
  FROM processes_participant s JOIN processes_document d ON d.process_id = s.process_id;
UPDATE processes_document SET shown_id = original_id;
UPDATE processes_participant s SET channels = '["mail"]', notify = p.notify, identity = '{}'
  FROM processes_process p WHERE p.id = s.process_id;
UPDATE processes_process SET identity = jsonb_build_object(
    'photo', coalesce(identity -> 'camera', 'false'), 'otp', coalesce(identity -> 'otpCode', 'false'));
INSERT INTO processes_due (process_id, kind, at)
SELECT id, 'expire', expires_at FROM processes_process WHERE state = 'open' AND expires_at IS NOT NULL;
INSERT INTO processes_due (process_id, participant_id, kind, at)
SELECT p.id, s.id, 'remind', now() + p.remind_every_hours * interval '1 hour'
  FROM processes_participant s JOIN processes_process p ON p.id = s.process_id
 WHERE p.state = 'open' AND p.remind_every_hours IS NOT NULL AND s.status = 'NOTIFICATION' AND s.notify;
SET CONSTRAINTS ALL IMMEDIATE;
"""

# The position of an event: every transaction that still runs has a number at or above the horizon, and the positions
# of its events are at least its number, so what lies below the horizon is complete. Within a process positions never
# fall: an event is written after the row of its process is locked, and its position is at least the highest number that
# has ended by then, to which the writer of the event before belongs.
#
# Numbers are counted for a whole server. A transaction of another of its databases writes no events of ours, so it
# holds nothing up; one that has ended since is not known any more and counts until the next look.
#
# The era is added to all. Whoever loads a dump into a server that counts from anew raises it: rubrica migrate does.
POSITIONS = """
CREATE FUNCTION event_era() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint';
CREATE FUNCTION event_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT event_era() + coalesce(
        (SELECT min(running::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS running
          WHERE NOT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid
                             WHERE a.backend_xid = running::xid AND d.datname <> current_database())),
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
$$;
ALTER TABLE processes_event ADD COLUMN position bigint NOT NULL
    DEFAULT event_era() + greatest(
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1, pg_current_xact_id()::text::bigint);
CREATE INDEX event_feed ON processes_event (organization_id, position, id);
"""

NO_POSITIONS = """
ALTER TABLE processes_event DROP COLUMN position; DROP FUNCTION event_horizon(); DROP FUNCTION event_era();
"""

# What is rare is found by its words, whatever the planner thinks of how often they stand somewhere: it knows nothing
# of beginnings of words, nor of one organization's. The function ends at ``most``, and then the words are common.
SEARCH = """
CREATE INDEX process_words ON processes_process USING gin (to_tsvector('simple', words));
CREATE FUNCTION processes_of_words(sought text, most integer) RETURNS SETOF bigint LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_indexscan = off AS $$
    SELECT id FROM processes_process WHERE to_tsvector('simple', words) @@ to_tsquery('simple', sought) LIMIT most
$$;
"""

NO_SEARCH = "DROP FUNCTION processes_of_words(text, integer); DROP INDEX process_words;"

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

# Was exactly this file given out here? One small entry for each seal; ``published.KINDS`` has the same words.
PUBLISHED = """
CREATE INDEX event_published ON processes_event ((data ->> 'sha256'))
    WHERE kind IN ('document.sealed', 'document.upgraded', 'evidence.sealed', 'evidence.upgraded');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_brand_and_policies"),
        ("files", "0003_blob_biometric"),
        ("processes", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="shown",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
            ),
        ),
        migrations.AddField(
            model_name="participant",
            name="channels",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="participant",
            name="notify",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="process",
            name="custom",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="process",
            name="kind",
            field=models.CharField(
                choices=[("files", "Files"), ("document", "Document"), ("package", "Package")],
                default="files",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="process",
            name="tags",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="process",
            name="webhooks",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("process.created", "Created"),
                    ("process.finished", "Finished"),
                    ("process.rejected", "Rejected"),
                    ("process.cancelled", "Cancelled"),
                    ("process.expired", "Expired"),
                    ("process.reactivated", "Reactivated"),
                    ("process.editing", "Editing"),
                    ("process.edited", "Edited"),
                    ("document.received", "Document Received"),
                    ("document.sealing", "Sealing"),
                    ("document.sealed", "Sealed"),
                    ("document.seal_failed", "Seal Failed"),
                    ("participant.invited", "Invited"),
                    ("participant.invitation_failed", "Invitation Failed"),
                    ("participant.reminded", "Reminded"),
                    ("participant.link_made", "Link Made"),
                    ("participant.opened", "Opened"),
                    ("participant.signed", "Signed"),
                    ("participant.approved", "Approved"),
                    ("participant.declined", "Declined"),
                    ("participant.blocked", "Blocked"),
                    ("participant.unblocked", "Unblocked"),
                    ("identity.code_sent", "Code Sent"),
                    ("identity.consented", "Consented"),
                    ("identity.captured", "Captured"),
                    ("identity.passed", "Check Passed"),
                    ("identity.failed", "Check Failed"),
                    ("file.uploaded", "File Uploaded"),
                    ("file.withdrawn", "File Withdrawn"),
                    ("file.approved", "File Approved"),
                    ("file.rejected", "File Rejected"),
                    ("file.reset", "File Reset"),
                ],
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="participant",
            name="role",
            field=models.CharField(
                choices=[("signer", "Signer"), ("approver", "Approver"), ("reader", "Reader")],
                default="signer",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="process",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "Open"),
                    ("finished", "Finished"),
                    ("rejected", "Rejected"),
                    ("expired", "Expired"),
                    ("cancelled", "Cancelled"),
                    ("editing", "Editing"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Due",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("remind", "Remind"), ("expire", "Expire")], max_length=8)),
                ("at", models.DateTimeField(db_index=True)),
                (
                    "participant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="due",
                        to="processes.participant",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="due", to="processes.process"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Folder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="folders",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["path"],
            },
        ),
        migrations.AddField(
            model_name="process",
            name="folder",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="processes", to="processes.folder"
            ),
        ),
        migrations.CreateModel(
            name="Part",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("index", models.IntegerField()),
                ("signer_type", models.CharField(blank=True, max_length=100)),
                ("by_label", models.BooleanField(default=False)),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        db_index=False,
                        related_name="parts",
                        to="processes.document",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="processes.participant"
                    ),
                ),
            ],
            options={
                "ordering": ["document", "index"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="tags",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddConstraint(
            model_name="folder",
            constraint=models.UniqueConstraint(fields=("organization", "path"), name="folder_path"),
        ),
        migrations.AddConstraint(
            model_name="part",
            constraint=models.UniqueConstraint(fields=("document", "participant"), name="part_once"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(fields=("organization", "name"), name="tag_name"),
        ),
        migrations.RunSQL(
            sql=CARRY_OVER,
            reverse_sql="",
        ),
        migrations.RemoveField(
            model_name="participant",
            name="by_label",
        ),
        migrations.RemoveField(
            model_name="participant",
            name="signer_type",
        ),
        migrations.AlterField(
            model_name="participant",
            name="identity",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="IdentityCapture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("sharpness", models.FloatField(null=True)),
                ("faces", models.IntegerField(null=True)),
                ("seconds", models.FloatField(null=True)),
                ("similarity", models.FloatField(null=True)),
                ("refused", models.CharField(blank=True, max_length=40)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("erased_at", models.DateTimeField(null=True)),
                (
                    "redrawn",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
                    ),
                ),
            ],
            options={
                "ordering": ["check_row", "id"],
            },
        ),
        migrations.CreateModel(
            name="IdentityCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("otp", "Otp"),
                            ("photo", "Photo"),
                            ("identification", "Identification"),
                            ("identificationBack", "Identification Back"),
                            ("video", "Video"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("todo", "Todo"), ("received", "Received"), ("passed", "Passed")],
                        default="todo",
                        max_length=8,
                    ),
                ),
                ("failures", models.IntegerField(default=0)),
                ("last_failure", models.CharField(blank=True, max_length=40)),
                ("settled_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=254)),
                ("epoch", models.IntegerField(default=0)),
                ("consented_at", models.DateTimeField(null=True)),
                ("nonce", models.BinaryField(max_length=16, null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("sends", models.IntegerField(default=0)),
                ("window_at", models.DateTimeField(null=True)),
                ("window_count", models.IntegerField(default=0)),
                (
                    "current",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="processes.identitycapture",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        db_index=False,
                        related_name="checks",
                        to="processes.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["participant", "position"],
            },
        ),
        migrations.AddField(
            model_name="identitycapture",
            name="check_row",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="captures", to="processes.identitycheck"
            ),
        ),
        migrations.AddConstraint(
            model_name="identitycheck",
            constraint=models.UniqueConstraint(fields=("participant", "kind"), name="identity_check_once"),
        ),
        migrations.AddIndex(
            model_name="identitycapture",
            index=models.Index(
                condition=models.Q(("erased_at", None)), fields=["created_at"], name="identity_capture_kept"
            ),
        ),
        migrations.AddField(
            model_name="process",
            name="words",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.RunSQL(
            sql="UPDATE processes_process SET words = 'o' || organization_id || ' ' || lower(name)",
            reverse_sql="",
        ),
        migrations.RunSQL(
            sql=SEARCH,
            reverse_sql=NO_SEARCH,
        ),
        migrations.RunSQL(
            sql=POSITIONS,
            reverse_sql=NO_POSITIONS,
        ),
        migrations.AlterField(
            model_name="process",
            name="kind",
            field=models.CharField(
                choices=[
                    ("files", "Files"),
                    ("document", "Document"),
                    ("package", "Package"),
                    ("identity", "Identity"),
                ],
                default="files",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(choices=[("making", "Making"), ("made", "Made")], default="making", max_length=6),
                ),
                ("level", models.CharField(blank=True, max_length=5)),
                ("manifest", models.BinaryField(default=b"")),
                ("paths", models.JSONField(default=list)),
                ("container_manifest", models.BinaryField(default=b"")),
                ("container_signature", models.BinaryField(default=b"")),
                ("error", models.TextField(blank=True)),
                ("made_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organization"
                    ),
                ),
                (
                    "pdf",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
                    ),
                ),
                (
                    "process",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="processes.process"
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("process.created", "Created"),
                    ("process.finished", "Finished"),
                    ("process.rejected", "Rejected"),
                    ("process.cancelled", "Cancelled"),
                    ("process.expired", "Expired"),
                    ("process.reactivated", "Reactivated"),
                    ("process.editing", "Editing"),
                    ("process.edited", "Edited"),
                    ("document.received", "Document Received"),
                    ("document.sealing", "Sealing"),
                    ("document.sealed", "Sealed"),
                    ("document.seal_failed", "Seal Failed"),
                    ("participant.invited", "Invited"),
                    ("participant.invitation_failed", "Invitation Failed"),
                    ("participant.reminded", "Reminded"),
                    ("participant.link_made", "Link Made"),
                    ("participant.link_asked", "Link Asked"),
                    ("participant.opened", "Opened"),
                    ("participant.signed", "Signed"),
                    ("participant.approved", "Approved"),
                    ("participant.declined", "Declined"),
                    ("participant.blocked", "Blocked"),
                    ("participant.unblocked", "Unblocked"),
                    ("identity.code_sent", "Code Sent"),
                    ("identity.consented", "Consented"),
                    ("identity.captured", "Captured"),
                    ("identity.passed", "Check Passed"),
                    ("identity.failed", "Check Failed"),
                    ("evidence.begun", "Evidence Begun"),
                    ("evidence.sealed", "Evidence Sealed"),
                    ("evidence.failed", "Evidence Failed"),
                    ("file.uploaded", "File Uploaded"),
                    ("file.withdrawn", "File Withdrawn"),
                    ("file.approved", "File Approved"),
                    ("file.rejected", "File Rejected"),
                    ("file.reset", "File Reset"),
                ],
                max_length=40,
            ),
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("covered", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_heads",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["organization", "day"],
            },
        ),
        migrations.CreateModel(
            name="LedgerLeaf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("index", models.BigIntegerField()),
                ("length", models.IntegerField()),
                ("head", models.BinaryField(max_length=32)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_leaves",
                        to="processes.process",
                    ),
                ),
            ],
            options={
                "ordering": ["organization", "index"],
            },
        ),
        migrations.CreateModel(
            name="LedgerNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cms", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                (
                    "head",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signature", to="processes.ledgerhead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerTimestamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                (
                    "head",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="timestamp", to="processes.ledgerhead"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="ledgerhead",
            index=models.Index(fields=["made_at"], name="ledger_head_made"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhead",
            constraint=models.UniqueConstraint(fields=("organization", "day"), name="ledger_head_of_day"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhead",
            constraint=models.UniqueConstraint(fields=("organization", "size"), name="ledger_head_of_size"),
        ),
        migrations.AddIndex(
            model_name="ledgerleaf",
            index=models.Index(fields=["process", "-index"], name="ledger_leaf_of_process"),
        ),
        migrations.AddConstraint(
            model_name="ledgerleaf",
            constraint=models.UniqueConstraint(fields=("organization", "index"), name="ledger_leaf_place"),
        ),
        migrations.AddConstraint(
            model_name="ledgernode",
            constraint=models.UniqueConstraint(fields=("organization", "level", "index"), name="ledger_node_place"),
        ),
        migrations.RunSQL(
            sql=REFUSE,
            reverse_sql=ALLOW,
        ),
        migrations.AddField(
            model_name="document",
            name="level_error",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="document",
            name="level_tries",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="document",
            name="renew_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="due",
            name="document",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="due", to="processes.document"
            ),
        ),
        migrations.AlterField(
            model_name="due",
            name="kind",
            field=models.CharField(
                choices=[("remind", "Remind"), ("expire", "Expire"), ("raise", "Raise")], max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("process.created", "Created"),
                    ("process.finished", "Finished"),
                    ("process.rejected", "Rejected"),
                    ("process.cancelled", "Cancelled"),
                    ("process.expired", "Expired"),
                    ("process.reactivated", "Reactivated"),
                    ("process.editing", "Editing"),
                    ("process.edited", "Edited"),
                    ("document.received", "Document Received"),
                    ("document.sealing", "Sealing"),
                    ("document.sealed", "Sealed"),
                    ("document.seal_failed", "Seal Failed"),
                    ("document.upgraded", "Upgraded"),
                    ("document.upgrade_failed", "Upgrade Failed"),
                    ("participant.invited", "Invited"),
                    ("participant.invitation_failed", "Invitation Failed"),
                    ("participant.reminded", "Reminded"),
                    ("participant.link_made", "Link Made"),
                    ("participant.link_asked", "Link Asked"),
                    ("participant.opened", "Opened"),
                    ("participant.signed", "Signed"),
                    ("participant.approved", "Approved"),
                    ("participant.declined", "Declined"),
                    ("participant.blocked", "Blocked"),
                    ("participant.unblocked", "Unblocked"),
                    ("identity.code_sent", "Code Sent"),
                    ("identity.consented", "Consented"),
                    ("identity.captured", "Captured"),
                    ("identity.passed", "Check Passed"),
                    ("identity.failed", "Check Failed"),
                    ("evidence.begun", "Evidence Begun"),
                    ("evidence.sealed", "Evidence Sealed"),
                    ("evidence.failed", "Evidence Failed"),
                    ("file.uploaded", "File Uploaded"),
                    ("file.withdrawn", "File Withdrawn"),
                    ("file.approved", "File Approved"),
                    ("file.rejected", "File Rejected"),
                    ("file.reset", "File Reset"),
                ],
                max_length=40,
            ),
        ),
        migrations.RunSQL(
            sql=PUBLISHED,
            reverse_sql="DROP INDEX event_published;",
        ),
        migrations.AddField(
            model_name="document",
            name="found",
            field=models.JSONField(null=True),
        ),
        migrations.AlterField(
            model_name="event",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="accounts.organization",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="process",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="processes.process",
            ),
        ),
        migrations.AlterField(
            model_name="participant",
            name="process",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="participants",
                to="processes.process",
            ),
        ),
        migrations.AlterField(
            model_name="process",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="processes",
                to="accounts.organization",
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="requested_file",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="submissions",
                to="processes.requestedfile",
            ),
        ),
    ]
