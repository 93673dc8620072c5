from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# One place says what waits: the row itself, when it is written. The others only have it written again. By the database,
# so that it holds whoever writes: also a server of the version before, while both run.
KEEP = """
CREATE OR REPLACE FUNCTION submission_awaits_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.awaits_review := NEW.decision = '' AND EXISTS (
        SELECT 1 FROM processes_requestedfile r JOIN processes_process p ON p.id = r.process_id
         WHERE r.current_id = NEW.id AND p.state = 'open');
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION file_awaits_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE processes_submission SET awaits_review = awaits_review
     WHERE id = NEW.current_id OR (TG_OP = 'UPDATE' AND id = OLD.current_id);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION process_awaits_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE processes_submission s SET awaits_review = awaits_review FROM processes_requestedfile r
     WHERE r.process_id = NEW.id AND s.id = r.current_id AND s.decision = '';
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER awaits_review BEFORE UPDATE ON processes_submission
   FOR EACH ROW EXECUTE FUNCTION submission_awaits_review();
CREATE OR REPLACE TRIGGER awaits_review_begins AFTER INSERT ON processes_requestedfile
   FOR EACH ROW WHEN (NEW.current_id IS NOT NULL) EXECUTE FUNCTION file_awaits_review();
CREATE OR REPLACE TRIGGER awaits_review AFTER UPDATE OF current_id ON processes_requestedfile
   FOR EACH ROW WHEN (OLD.current_id IS DISTINCT FROM NEW.current_id) EXECUTE FUNCTION file_awaits_review();
CREATE OR REPLACE TRIGGER awaits_review AFTER UPDATE OF state ON processes_process
   FOR EACH ROW WHEN ((OLD.state = 'open') <> (NEW.state = 'open')) EXECUTE FUNCTION process_awaits_review();
UPDATE processes_submission s SET awaits_review = awaits_review
  FROM processes_requestedfile r JOIN processes_process p ON p.id = r.process_id
 WHERE s.id = r.current_id AND s.decision = '' AND p.state = 'open';
"""
FORGET = """
DROP TRIGGER IF EXISTS awaits_review ON processes_process;
DROP TRIGGER IF EXISTS awaits_review ON processes_requestedfile;
DROP TRIGGER IF EXISTS awaits_review_begins ON processes_requestedfile;
DROP TRIGGER IF EXISTS awaits_review ON processes_submission;
DROP FUNCTION IF EXISTS process_awaits_review();
DROP FUNCTION IF EXISTS file_awaits_review();
DROP FUNCTION IF EXISTS submission_awaits_review();
"""


class Migration(migrations.Migration):
    atomic = False  # the table is read once while everybody goes on writing

    dependencies = [("processes", "0010_wanted_back")]

    operations = [
        migrations.SeparateDatabaseAndState(
            # May be met half done: a run that was broken off begins anew.
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE processes_submission"
                    " ADD COLUMN IF NOT EXISTS awaits_review boolean NOT NULL DEFAULT false",
                    "ALTER TABLE processes_submission DROP COLUMN IF EXISTS awaits_review",
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="submission",
                    name="awaits_review",
                    field=models.BooleanField(db_default=False, default=False, editable=False),
                )
            ],
        ),
        migrations.RunSQL(KEEP, FORGET),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS file_awaits_review", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("awaits_review", True)), fields=["organization", "id"], name="file_awaits_review"
            ),
        ),
        RemoveIndexConcurrently(model_name="submission", name="file_undecided"),
    ]
