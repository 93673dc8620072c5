from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0010_published"),
    ]

    operations = [
        migrations.AddField(model_name="document", name="found", field=models.JSONField(null=True)),
    ]
