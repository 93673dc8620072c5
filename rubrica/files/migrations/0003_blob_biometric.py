import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0002_blob_oldest"),
    ]

    operations = [
        migrations.AddField(
            model_name="blob",
            name="biometric",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddConstraint(
            model_name="blob",
            constraint=models.UniqueConstraint(
                fields=("organization", "sha256", "biometric"), name="blob_once_a_class"
            ),
        ),
        migrations.RemoveConstraint(model_name="blob", name="blob_once_an_organization"),
        migrations.AlterField(
            model_name="blob",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="blobs",
                to="accounts.organization",
            ),
        ),
    ]
