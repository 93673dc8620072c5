from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="face_threshold",
            field=models.FloatField(default=0.6, db_default=0.6),
        ),
    ]
