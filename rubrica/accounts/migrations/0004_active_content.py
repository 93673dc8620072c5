from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_brand"),
    ]

    operations = [
        migrations.AddField(
            "organization", "refuses_active_content", models.BooleanField(default=False, db_default=False)
        ),
    ]
