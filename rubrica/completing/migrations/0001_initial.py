import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_brand_and_policies"),
        ("files", "0003_blob_biometric"),
        ("processes", "0002_whole_dialect"),
        ("templating", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Completion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("raw", models.JSONField()),
                ("terms", models.JSONField()),
                ("fixed", models.JSONField(default=dict)),
                ("typed", models.JSONField(default=dict)),
                ("email", models.EmailField(max_length=254)),
                (
                    "language",
                    models.CharField(choices=[("es", "Español"), ("en", "English"), ("pt", "Português")], max_length=2),
                ),
                ("digest", models.BinaryField(max_length=32, null=True, unique=True)),
                ("lookups", models.IntegerField(default=0)),
                ("draft_pages", models.IntegerField(default=0)),
                ("draft_boxes", models.JSONField(default=dict)),
                ("draft_values", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("saved_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "complete",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
                    ),
                ),
                (
                    "mask",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="accounts.organization",
                    ),
                ),
                (
                    "process",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="completion", to="processes.process"
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="templating.template",
                    ),
                ),
                ("voided_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("completed_at", None), ("voided_at", None), _connector="OR"),
                        name="completion_one_end",
                    )
                ],
            },
        ),
    ]
