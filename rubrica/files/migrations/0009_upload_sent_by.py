from django.db import migrations, models


class Migration(migrations.Migration):
    """Who said that a direct upload is here: for the history, and not in the arguments of a job."""

    dependencies = [("files", "0008_blob_to_wipe")]

    operations = [
        migrations.AddField("partialupload", "ip", models.CharField(max_length=45, default="", db_default="")),
        migrations.AddField("partialupload", "user_agent", models.CharField(max_length=300, default="", db_default="")),
    ]
