"""Events in months, by the id of their process: a chain stays in one partition, and its order stays unique."""

from django.db import migrations

from rubrica.connecting import dividing


class Migration(migrations.Migration):
    atomic = False  # the table is read once beforehand, and nobody waits for that

    dependencies = [("processes", "0005_days_work"), ("webhooks", "0002_partitions")]

    operations = [
        migrations.RunPython(
            dividing.divide("processes_event", "process_id", without=("processes_event_pkey",)),
            migrations.RunPython.noop,
        ),
    ]
