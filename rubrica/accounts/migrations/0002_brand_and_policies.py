import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="face_threshold",
            field=models.FloatField(db_default=0.6, default=0.6),
        ),
        migrations.AddField(
            model_name="organization",
            name="image",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.blob"
            ),
        ),
        migrations.AddField(
            model_name="organization",
            name="image_source",
            field=models.CharField(blank=True, db_default="", default="", max_length=2000),
        ),
        migrations.AddField(
            model_name="organization",
            name="image_problem",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="organization",
            name="primary_color",
            field=models.CharField(blank=True, db_default="", default="", max_length=7),
        ),
        migrations.AddField(
            model_name="organization",
            name="alternate_color",
            field=models.CharField(blank=True, db_default="", default="", max_length=7),
        ),
        migrations.AddField(
            model_name="organization",
            name="refuses_active_content",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
