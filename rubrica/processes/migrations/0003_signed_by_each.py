import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_brand_and_policies"),
        ("files", "0003_blob_biometric"),
        ("processes", "0002_whole_dialect"),
    ]

    operations = [
        migrations.AddField(
            model_name="process",
            name="signatures",
            field=models.CharField(
                choices=[("one", "One"), ("each", "Each")], db_default="one", default="one", max_length=4
            ),
        ),
        migrations.CreateModel(
            name="SignedRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("made_at", models.DateTimeField(default=rubrica.clock.now)),
                (
                    "blob",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        db_index=False,
                        related_name="revisions",
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
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="processes.participant",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("document", "number"), name="revision_order"),
                    models.UniqueConstraint(fields=("document", "participant"), name="revision_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="evidence",
            name="contained_size",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="evidence",
            name="level_error",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="evidence",
            name="level_tries",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="evidence",
            name="renew_at",
            field=models.DateTimeField(null=True),
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
                    ("document.signing", "Signing"),
                    ("document.signed", "Signed In"),
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
                    ("evidence.upgraded", "Evidence Upgraded"),
                    ("evidence.upgrade_failed", "Evidence Upgrade Failed"),
                    ("file.uploaded", "File Uploaded"),
                    ("file.withdrawn", "File Withdrawn"),
                    ("file.approved", "File Approved"),
                    ("file.rejected", "File Rejected"),
                    ("file.reset", "File Reset"),
                ],
                max_length=40,
            ),
        ),
    ]
