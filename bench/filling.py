"""A database with as many processes as are wanted, stored by SQL."""

import psycopg

from bench.server import Target

BATCH = 250_000

# Foreign keys are true by the way the rows are made; to check each of seven million takes longer than to store them.
FILL = """
WITH made AS (
  INSERT INTO processes_process (organization_id, public_id, kind, name, subject, message, language, creator_email,
      notify, identity, tags, webhooks, words, state, created_at, updated_at, chain_length, chain_head)
  SELECT o.id, md5(n::text || 'bench')::varchar(24), 'files', 'Bench ' || n, '', '', 'es', '', true, '{}', '[]', '[]',
         'o' || o.id || ' bench ' || n,
         CASE WHEN n %% 10 = 0 THEN 'open' WHEN n %% 50 = 7 THEN 'expired' ELSE 'finished' END, now(), now(), 1, ''
    FROM accounts_organization o, generate_series(%(start)s::bigint, %(end)s::bigint) n RETURNING id, organization_id
), documents AS (
  INSERT INTO processes_document (organization_id, process_id, code, name, position, state, pages, level, seal_error,
      created_at)
  SELECT organization_id, id, 'b' || lpad((id %% 1000000000)::text, 9, '0'), 'Bench', 0, 'awaiting_upload', '[]', '',
         '', now() FROM made RETURNING id, process_id, organization_id
), people AS (
  INSERT INTO processes_participant (organization_id, process_id, public_id, name, email, phone, role, "order", status,
      language, identity, channels, notify)
  SELECT organization_id, id, 'AA', 'Person', 'p@example.com', '', 'signer', 1, 'PENDING', 'es', '{}', '["mail"]', true
    FROM made RETURNING id, process_id, organization_id
), parts AS (
  INSERT INTO processes_part (organization_id, document_id, participant_id, index, signer_type, by_label)
  SELECT d.organization_id, d.id, p.id, 0, '', false FROM documents d JOIN people p USING (process_id)
), events AS (
  INSERT INTO processes_event (organization_id, process_id, sequence, kind, at, actor_kind, actor, actor_name, ip,
      user_agent, data, previous, hash)
  SELECT organization_id, id, 1, 'process.created', now(), 'program', '', '', '', '', '{}', '', '' FROM made
)
INSERT INTO processes_requestedfile (organization_id, process_id, participant_id, position, name, optional)
SELECT organization_id, process_id, id, f, 'File ' || f, false FROM people, generate_series(1, 2) f
"""
# What was delivered: all of what is finished, approved; one file of what has expired, undecided for ever; and of thirty
# that are open, so that the inbox shows the same whatever stands beside it.
DELIVER = """
WITH made AS (
  INSERT INTO processes_submission (organization_id, requested_file_id, blob_id, version, file_name, created_at,
                                    decision, reason, decided_by, awaits_review)
  SELECT f.organization_id, f.id, (SELECT min(id) FROM files_blob), 1, 'bench.jpg', now(),
         CASE WHEN p.state = 'finished' THEN 'approved' ELSE '' END, '', '', p.state = 'open'
    FROM processes_requestedfile f JOIN processes_process p ON p.id = f.process_id
   WHERE f.current_id IS NULL AND p.name LIKE 'Bench %%'
     AND (p.state = 'finished' OR f.position = 1 AND (p.state = 'expired' OR p.name = ANY(%(waiting)s)))
  RETURNING id, requested_file_id
)
UPDATE processes_requestedfile r SET current_id = made.id FROM made WHERE made.requested_file_id = r.id
"""
WAITING = [f"Bench {number}" for number in range(10, 310, 10)]


def fill(target: Target, first: int, last: int) -> None:
    """Processes of these numbers. There must be one with a document already: its bytes stand for those of all files."""
    with psycopg.connect(target.database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for start in range(first, last + 1, BATCH):
            connection.execute(FILL, {"start": start, "end": min(start + BATCH - 1, last)})
            connection.execute(DELIVER, {"waiting": WAITING})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
