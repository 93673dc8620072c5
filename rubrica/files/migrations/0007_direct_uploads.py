from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0006_envelope")]

    operations = [
        migrations.AddField("partialupload", "direct_key", models.CharField(max_length=100, default="", db_default="")),
        migrations.AddField("partialupload", "refused", models.JSONField(null=True)),
    ]
