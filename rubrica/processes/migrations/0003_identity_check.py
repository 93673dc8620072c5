import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_face_threshold"),
        ("files", "0003_blob_biometric"),
        ("processes", "0002_whole_dialect"),
    ]

    operations = [
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
            options={"ordering": ["check_row", "id"]},
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="checks", to="processes.participant"
                    ),
                ),
            ],
            options={"ordering": ["participant", "position"]},
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
    ]
