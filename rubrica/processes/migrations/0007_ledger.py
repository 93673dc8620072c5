import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_brand"),
        ("processes", "0006_evidence"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("covered", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_heads",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["organization", "day"],
            },
        ),
        migrations.CreateModel(
            name="LedgerLeaf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("index", models.BigIntegerField()),
                ("length", models.IntegerField()),
                ("head", models.BinaryField(max_length=32)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "process",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ledger_leaves",
                        to="processes.process",
                    ),
                ),
            ],
            options={
                "ordering": ["organization", "index"],
            },
        ),
        migrations.CreateModel(
            name="LedgerNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cms", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                (
                    "head",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signature", to="processes.ledgerhead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerTimestamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.BinaryField()),
                ("made_at", models.DateTimeField()),
                (
                    "head",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="timestamp", to="processes.ledgerhead"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="ledgerhead",
            index=models.Index(fields=["made_at"], name="ledger_head_made"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhead",
            constraint=models.UniqueConstraint(fields=("organization", "day"), name="ledger_head_of_day"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhead",
            constraint=models.UniqueConstraint(fields=("organization", "size"), name="ledger_head_of_size"),
        ),
        migrations.AddIndex(
            model_name="ledgerleaf",
            index=models.Index(fields=["process", "-index"], name="ledger_leaf_of_process"),
        ),
        migrations.AddConstraint(
            model_name="ledgerleaf",
            constraint=models.UniqueConstraint(fields=("organization", "index"), name="ledger_leaf_place"),
        ),
        migrations.AddConstraint(
            model_name="ledgernode",
            constraint=models.UniqueConstraint(fields=("organization", "level", "index"), name="ledger_node_place"),
        ),
    ]
