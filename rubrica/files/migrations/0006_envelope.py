import uuid

import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("files", "0005_erased_blobs"),
    ]

    operations = [
        migrations.AddField("blob", "encrypted", models.BooleanField(db_default=False, default=False)),
        migrations.CreateModel(
            "StorageKey",
            [
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
                ("root", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        "accounts.organization",
                        django.db.models.deletion.DO_NOTHING,
                        null=True,
                        db_constraint=False,
                        related_name="storage_keys",
                    ),
                ),
            ],
        ),
    ]
