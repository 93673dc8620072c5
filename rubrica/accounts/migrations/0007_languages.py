from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_limits")]

    operations = [
        migrations.AddField(
            model_name="organization",
            name="languages",
            field=models.JSONField(blank=True, db_default=[], default=list),
        ),
    ]
