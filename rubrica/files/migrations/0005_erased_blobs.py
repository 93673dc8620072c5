from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0004_partial_uploads")]

    operations = [
        migrations.AddField(model_name="blob", name="erased_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="blob", name="wiped_at", field=models.DateTimeField(null=True)),
    ]
