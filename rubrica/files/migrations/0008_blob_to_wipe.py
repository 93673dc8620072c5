from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the table is read once while everybody goes on writing

    dependencies = [("files", "0007_direct_uploads")]

    operations = [
        # What a run that was broken off has left behind is good for nothing, and holds the name.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS blob_to_wipe", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="blob",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", False), ("wiped_at", None)),
                fields=["erased_at"],
                name="blob_to_wipe",
            ),
        ),
    ]
