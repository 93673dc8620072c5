import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("files", "0003_blob_biometric")]

    operations = [
        migrations.CreateModel(
            name="PartialUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("length", models.BigIntegerField()),
                ("file_name", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="partial_uploads",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["purpose", "subject_id"], name="partial_upload_subject"),
                    models.Index(fields=["created_at"], name="partial_upload_oldest"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Piece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("key", models.CharField(max_length=100)),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="files.partialupload",
                    ),
                ),
            ],
            options={
                "ordering": ["start"],
                "constraints": [models.UniqueConstraint(fields=("upload", "start"), name="piece_once_at_a_byte")],
            },
        ),
    ]
