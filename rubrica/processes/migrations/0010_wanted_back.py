from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the table is read once while everybody goes on writing

    dependencies = [("processes", "0009_event_kinds")]

    operations = [
        # What a run that was broken off has left behind is good for nothing, and holds the name.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS process_wanted_back", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="process",
            index=models.Index(
                condition=models.Q(("reopening_asked_at__isnull", False)),
                fields=["organization", "reopening_asked_at"],
                name="process_wanted_back",
            ),
        ),
    ]
