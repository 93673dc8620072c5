from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0007_data_life"),
    ]

    operations = [
        migrations.AddField(
            model_name="process",
            name="reopening_asked_at",
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
                    ("participant.reopening_asked", "Reopening Asked"),
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
