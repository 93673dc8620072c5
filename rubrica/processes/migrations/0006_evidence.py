import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_brand"),
        ("files", "0003_blob_biometric"),
        ("processes", "0005_identity_processes"),
    ]

    operations = [
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
    ]
