import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_token_environment"),
        ("files", "0003_blob_biometric"),
        ("processes", "0004_fields"),
    ]

    operations = [
        migrations.CreateModel(
            name="Phrase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "language",
                    models.CharField(choices=[("es", "Español"), ("en", "English"), ("pt", "Português")], max_length=2),
                ),
                ("text", models.CharField(max_length=300)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="process",
            name="template",
            field=models.CharField(blank=True, db_default="", default="", max_length=24),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("seal_error", ""), _negated=True), fields=["organization"], name="document_unsealed"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("error", ""), _negated=True), fields=["organization"], name="evidence_unmade"
            ),
        ),
        migrations.AddIndex(
            model_name="identitycheck",
            index=models.Index(
                condition=models.Q(("state", "received")), fields=["organization"], name="check_received"
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(condition=models.Q(("status", "BLOCK")), fields=["organization"], name="person_blocked"),
        ),
        migrations.AddIndex(
            model_name="process",
            index=models.Index(fields=["organization", "created_at"], name="process_by_start"),
        ),
        migrations.AddIndex(
            model_name="process",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["organization", "ended_at"],
                name="process_by_end",
            ),
        ),
        migrations.AddIndex(
            model_name="process",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("state", "open")),
                fields=["organization", "expires_at"],
                name="process_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("decision", "")), fields=["organization", "id"], name="file_undecided"
            ),
        ),
        migrations.AddField(
            model_name="phrase",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="phrases",
                to="accounts.organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="phrase",
            constraint=models.UniqueConstraint(fields=("organization", "language", "text"), name="phrase_once"),
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
                    ("participant.email_changed", "Email Changed"),
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
