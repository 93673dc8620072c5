"""GET /attachments?code=&userId= against a bare callable, with few and with many processes in the database."""

import base64
import os

import psycopg

from bench import examples
from bench.figures import Figure
from bench.load import cpu_a_request
from bench.server import Target, floor, rubrica
from tools import sample

TIMES = 1000
MANY = int(os.environ.get("BENCH_PROCESSES", "100000"))

FILL = """
WITH made AS (
  INSERT INTO processes_process (organization_id, public_id, name, subject, message, language, creator_email, notify,
      identity, state, created_at, updated_at, chain_length, chain_head)
  SELECT o.id, md5(n::text || 'bench')::varchar(24), 'Bench', '', '', 'es', '', true, '{}', 'open', now(), now(), 0, ''
    FROM accounts_organization o, generate_series(1, %s) n RETURNING id, organization_id
), documents AS (
  INSERT INTO processes_document (organization_id, process_id, code, name, position, state, pages, level, seal_error,
      created_at)
  SELECT organization_id, id, 'b' || lpad(id::text, 9, '0'), 'Bench', 0, 'awaiting_upload', '[]', '', '', now()
    FROM made
), people AS (
  INSERT INTO processes_participant (organization_id, process_id, public_id, name, email, phone, role, "order", status,
      language, signer_type, by_label)
  SELECT organization_id, id, p, 'Person', 'p@example.com', '', 'signer', 1, 'PENDING', 'es', '', false
    FROM made, unnest(ARRAY['AA', 'BB', 'CC']) p RETURNING id, process_id, organization_id
)
INSERT INTO processes_requestedfile (organization_id, process_id, participant_id, position, name, optional)
SELECT organization_id, process_id, id, f, 'File ' || f, false FROM people, generate_series(1, 3) f
"""


def measure() -> list[Figure]:
    with rubrica() as ours:
        content = {**examples.body(), "name": "Bench", "file": base64.b64encode(sample.contract()).decode()}
        made = examples.call(ours, "POST", "/v1.5/ext/attachments", content)
        people = examples.call(ours, "GET", f"/v1.5/ext/attachments?code={made['code']}")["signers"]
        path = f"/v1.5/ext/attachments?code={made['code']}&userId={people[0]['userId']}"
        headers = {"Authorization": ours.secrets["public_key"]}
        few = cpu_a_request(ours, "GET", path, None, headers, TIMES)
        document = cpu_a_request(ours, "GET", f"/v1.5/ext/document?code={made['code']}", None, headers, TIMES)
        with floor("read", ours) as bare:
            least = cpu_a_request(bare, "GET", path, None, headers, TIMES)
        fill(ours)
        many = cpu_a_request(ours, "GET", path, None, headers, TIMES)
    return [
        Figure("GET /attachments?code=&userId=, CPU", few, "µs", "≤ 2 × floor", least, "bare callable, one statement"),
        Figure(f"the same with {MANY:,} more processes", many, "µs", "≤ 1.2 × before", few, "few processes"),
        Figure("GET /document?code=, CPU", document, "µs", "–"),
    ]


def fill(target: Target) -> None:
    with psycopg.connect(target.database_url, autocommit=True) as connection:
        for _ in range(0, MANY, 100_000):
            # Each batch has names of its own: they are drawn from the number, offset by what is there.
            connection.execute(FILL.replace("n::text", "n::text || random()::text"), [min(MANY, 100_000)])
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
