from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_retention")]

    operations = [
        migrations.AddField("organization", "most_processes", models.BigIntegerField(null=True, blank=True)),
        migrations.AddField("organization", "most_bytes", models.BigIntegerField(null=True, blank=True)),
        migrations.AddField("organization", "most_members", models.BigIntegerField(null=True, blank=True)),
    ]
