from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("completing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="completion",
            name="voided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="completion",
            constraint=models.CheckConstraint(
                condition=models.Q(("completed_at", None), ("voided_at", None), _connector="OR"),
                name="completion_one_end",
            ),
        ),
    ]
