from django.db import migrations

# Was exactly this file given out here? One small entry for each seal; ``published.KINDS`` has the same words.
PUBLISHED = """
CREATE INDEX event_published ON processes_event ((data ->> 'sha256'))
    WHERE kind IN ('document.sealed', 'document.upgraded', 'evidence.sealed', 'evidence.upgraded');
"""


class Migration(migrations.Migration):
    dependencies = [("processes", "0009_levels")]

    operations = [migrations.RunSQL(PUBLISHED, "DROP INDEX event_published;")]
