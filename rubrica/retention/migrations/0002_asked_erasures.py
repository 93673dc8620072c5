"""Erasures that jobs do, some processes at a time."""

import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock
import rubrica.processes.models.erasure


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_languages"),
        ("retention", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AskedErasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=rubrica.processes.models.erasure.new_id, max_length=24, unique=True),
                ),
                ("identifier", models.CharField(max_length=320)),
                ("with_documents", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("actor", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("erasing", "Erasing"), ("done", "Done"), ("failed", "Failed")],
                        default="erasing",
                        max_length=7,
                    ),
                ),
                ("step", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("asked_at", models.DateTimeField(default=rubrica.clock.now)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked_erasures",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
    ]
