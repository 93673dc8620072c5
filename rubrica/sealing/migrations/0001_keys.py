import django.db.models.deletion
from django.db import migrations, models

import rubrica.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Authority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
                ("certificate_pem", models.TextField()),
                ("private_key", models.BinaryField()),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
            ],
            options={
                "verbose_name_plural": "authorities",
                "constraints": [models.CheckConstraint(condition=models.Q(("only", True)), name="authority_only_one")],
            },
        ),
        migrations.CreateModel(
            name="SealingKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certificate_pem", models.TextField()),
                ("private_key", models.BinaryField()),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sealing_keys",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at", None)),
                        fields=("organization",),
                        name="sealing_key_one_current",
                    )
                ],
            },
        ),
    ]
