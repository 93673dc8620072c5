import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0006_limits")]

    operations = [
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("key", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField(db_index=True)),
            ],
        ),
        # No write-ahead log: a lost count is no loss, and one is written for each call.
        migrations.RunSQL(
            "ALTER TABLE limits_rate SET UNLOGGED, SET (fillfactor = 70)", "ALTER TABLE limits_rate SET LOGGED"
        ),
        migrations.CreateModel(
            name="Month",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("processes", models.BigIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "month"), name="limits_month_once")],
            },
        ),
        migrations.CreateModel(
            name="Stored",
            fields=[
                ("files", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("counted_at", models.DateTimeField()),
                (
                    "organization",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
    ]
