from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_team")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="retention",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
    ]
