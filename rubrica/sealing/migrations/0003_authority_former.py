from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sealing", "0002_holders_and_revocation")]

    operations = [
        migrations.AddField(
            model_name="authority",
            name="former_pem",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
