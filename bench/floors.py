"""The floors: bare WSGI callables that do the least that any implementation must do for the same answer."""

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import psycopg

StartResponse = Callable[[str, list[tuple[str, str]]], object]
_local = threading.local()


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True)
    connection: psycopg.Connection[Any] = _local.connection
    return connection


READ = """
SELECT p.public_id, p.name, p.state = 'finished', s.public_id, s.email, s.name,
       (SELECT json_agg(json_build_object('name', f.name) ORDER BY f.position)::text
          FROM processes_requestedfile f LEFT JOIN processes_submission u ON u.id = f.current_id
         WHERE f.participant_id = s.id)
  FROM accounts_apikey k
  JOIN processes_document d ON d.code = %s
  JOIN processes_process p ON p.id = d.process_id AND p.organization_id = k.organization_id
  JOIN processes_participant s ON s.process_id = p.id AND s.public_id = %s
 WHERE k.digest = %s AND k.kind = 'puk' AND k.revoked_at IS NULL
"""


def read(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """One statement, authentication included, for the JSON of GET /attachments?code=&userId=."""
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    if not query:
        return _answer(start_response, {})
    key = hashlib.sha256(environ["HTTP_AUTHORIZATION"].encode()).digest()
    row = _connection().execute(READ, [query["code"], query["userId"], key], prepare=True).fetchone()
    assert row is not None
    package, name, finish, user, email, person, files = row
    signer = {"userId": user, "email": email, "name": person, "files": json.loads(files), "status": "pending"}
    return _answer(start_response, {"package": package, "name": name, "finish": finish, "signer": signer})


KEY = "SELECT organization_id FROM accounts_apikey WHERE digest = %s AND kind = 'prk' AND revoked_at IS NULL"
PROCESS = """
INSERT INTO processes_process (organization_id, public_id, kind, name, subject, message, language, creator_email,
    notify, identity, tags, webhooks, words, state, created_at, updated_at, chain_length, chain_head)
VALUES (%s, %s, 'files', %s, %s, %s, 'es', %s, true, '{}', '[]', '[]', '', 'open', now(), now(), 1, %s) RETURNING id
"""
PARTICIPANT = """
INSERT INTO processes_participant (organization_id, process_id, public_id, name, email, phone, role, "order", status,
    language, identity, channels, notify)
SELECT %s, %s, unnest(%s::text[]), unnest(%s::text[]), unnest(%s::text[]), unnest(%s::text[]), 'signer', 1,
    'NOTIFICATION', 'es', '{}', '["mail"]', true RETURNING id
"""
FILES = """
INSERT INTO processes_requestedfile (organization_id, process_id, participant_id, position, name, optional)
SELECT %s, %s, unnest(%s::bigint[]), unnest(%s::int[]), unnest(%s::text[]), false
"""
EVENT = """
INSERT INTO processes_event (organization_id, process_id, sequence, kind, at, actor_kind, actor, actor_name, ip,
    user_agent, data, previous, hash)
VALUES (%s, %s, 1, 'process.created', now(), 'program', 'bench', '', '', '', '{}', '', %s)
"""
JOBS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, scheduled_at)
SELECT 'floor', 'floor', 0, jsonb_build_object('participant_id', unnest(%s::bigint[])), 'infinity'
"""


def write(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """One transaction that inserts the rows and jobs of POST /attachments for the same body."""
    if environ["REQUEST_METHOD"] != "POST":
        return _answer(start_response, {})
    body = json.loads(environ["wsgi.input"].read())
    key = hashlib.sha256(environ["HTTP_AUTHORIZATION"].encode()).digest()
    connection = _connection()
    with connection.transaction():
        package = _insert(connection, key, body)
    return _answer(start_response, {"package": package})


def _insert(connection: psycopg.Connection[Any], key: bytes, body: dict[str, Any]) -> str:
    found = connection.execute(KEY, [key], prepare=True).fetchone()
    assert found is not None
    organization, package, head, people = found[0], secrets.token_hex(12), b"\0" * 32, body["signProfile"]
    values = [organization, package, body["packageName"], body["subject"], body["message"], body["email"], head]
    row = connection.execute(PROCESS, values, prepare=True).fetchone()
    assert row is not None
    columns = [[person[name] for person in people] for name in ("name", "email", "phone")]
    ids = [f"{number:02}" for number in range(len(people))]
    rows = connection.execute(PARTICIPANT, [organization, row[0], ids, *columns], prepare=True).fetchall()
    slots = [
        (one[0], at, file["name"]) for one, p in zip(rows, people, strict=True) for at, file in enumerate(p["files"])
    ]
    connection.execute(FILES, [organization, row[0], *map(list, zip(*slots, strict=True))], prepare=True)
    connection.execute(EVENT, [organization, row[0], head], prepare=True)
    connection.execute(JOBS, [[one[0] for one in rows]], prepare=True)
    return package


def _answer(start_response: StartResponse, content: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
