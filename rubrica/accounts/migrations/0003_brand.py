import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_face_threshold"),
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "organization",
            "image",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
            ),
        ),
        *[
            migrations.AddField(
                "organization", name, models.CharField(blank=True, max_length=length, default="", db_default="")
            )
            for name, length in [
                ("image_source", 2000),
                ("image_problem", 300),
                ("primary_color", 7),
                ("alternate_color", 7),
            ]
        ],
    ]
