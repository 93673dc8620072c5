import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyedCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("key", models.CharField(max_length=255)),
                ("claim", models.BinaryField(max_length=16)),
                ("claimed_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("digest", models.BinaryField(max_length=32, null=True)),
                ("status", models.SmallIntegerField(null=True)),
                ("answer", models.BinaryField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                ("acted", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="keyed_call_oldest")],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "kind", "key"), name="keyed_call_once")
                ],
            },
        ),
    ]
