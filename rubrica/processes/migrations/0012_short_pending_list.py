from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("processes", "0011_awaits_review")]

    operations = [
        # What was written lately stands in a list that every search reads from end to end, until so many kB of it are put
        # into the index at once. The 4 MB that are usual cost each search 5 ms.
        migrations.RunSQL(
            "ALTER INDEX process_words SET (gin_pending_list_limit = 128)",
            "ALTER INDEX process_words RESET (gin_pending_list_limit)",
        ),
    ]
