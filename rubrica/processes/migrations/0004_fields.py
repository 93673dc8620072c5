import django.db.models.deletion
from django.db import migrations, models

KINDS = [
    ("signature", "Signature"),
    ("initials", "Initials"),
    ("date", "Date"),
    ("text", "Text"),
    ("checkbox", "Checkbox"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0003_blob_biometric"),
        ("processes", "0003_signed_by_each"),
    ]

    operations = [
        migrations.AddField(
            model_name="signaturebox",
            name="kind",
            field=models.CharField(choices=KINDS, db_default="signature", default="signature", max_length=9),
        ),
        migrations.AddField(
            model_name="signaturebox",
            name="name",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="signaturebox",
            name="required",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(model_name="signaturebox", name="max_length", field=models.IntegerField(null=True)),
        migrations.AddField(model_name="signaturebox", name="value", field=models.TextField(null=True)),
        migrations.AddField(
            model_name="signature",
            name="initials_text",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="signature",
            name="initials",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
            ),
        ),
    ]
