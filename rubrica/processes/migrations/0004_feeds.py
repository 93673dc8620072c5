from django.db import migrations, models

# The position of an event: every transaction that still runs has a number at or above the horizon, and the positions
# of its events are at least its number, so what lies below the horizon is complete. Within a process positions never
# fall: an event is written after the row of its process is locked, and its position is at least the highest number that
# has ended by then, to which the writer of the event before belongs.
#
# Numbers are counted for a whole server. A transaction of another of its databases writes no events of ours, so it
# holds nothing up; one that has ended since is not known any more and counts until the next look.
#
# The era is added to all. Whoever loads a dump into a server that counts from anew raises it: rubrica migrate does.
POSITIONS = """
CREATE FUNCTION event_era() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 0::bigint';
CREATE FUNCTION event_horizon() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT event_era() + coalesce(
        (SELECT min(running::text::bigint) FROM pg_snapshot_xip(pg_current_snapshot()) AS running
          WHERE NOT EXISTS (SELECT FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid
                             WHERE a.backend_xid = running::xid AND d.datname <> current_database())),
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
$$;
ALTER TABLE processes_event ADD COLUMN position bigint NOT NULL
    DEFAULT event_era() + greatest(
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1, pg_current_xact_id()::text::bigint);
CREATE INDEX event_feed ON processes_event (organization_id, position, id);
"""
NO_POSITIONS = """
ALTER TABLE processes_event DROP COLUMN position; DROP FUNCTION event_horizon(); DROP FUNCTION event_era();
"""


# What is rare is found by its words, whatever the planner thinks of how often they stand somewhere: it knows nothing
# of beginnings of words, nor of one organization's. The function ends at ``most``, and then the words are common.
SEARCH = """
CREATE INDEX process_words ON processes_process USING gin (to_tsvector('simple', words));
CREATE FUNCTION processes_of_words(sought text, most integer) RETURNS SETOF bigint LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_indexscan = off AS $$
    SELECT id FROM processes_process WHERE to_tsvector('simple', words) @@ to_tsquery('simple', sought) LIMIT most
$$;
"""
NO_SEARCH = "DROP FUNCTION processes_of_words(text, integer); DROP INDEX process_words;"


class Migration(migrations.Migration):
    dependencies = [("processes", "0003_identity_check")]

    operations = [
        migrations.AddField(model_name="process", name="words", field=models.TextField(blank=True, default="")),
        migrations.RunSQL(
            "UPDATE processes_process SET words = 'o' || organization_id || ' ' || lower(name)", migrations.RunSQL.noop
        ),
        migrations.RunSQL(SEARCH, NO_SEARCH),
        migrations.RunSQL(POSITIONS, NO_POSITIONS),
    ]
