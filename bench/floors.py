"""The floors: bare WSGI callables that do the least that any implementation must do for the same answer."""

import hashlib
import hmac
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


TOKEN = "SELECT member_id, organization_id FROM accounts_bearertoken WHERE digest = %s AND revoked_at IS NULL"
FIELD = """
SELECT a.key, a.name, a.media_type, a.size, a.store, a.created_at, b.sha256
  FROM records_attachment a JOIN files_blob b ON b.id = a.blob_id JOIN records_record r ON r.id = a.record_id
  JOIN records_definition d ON d.id = r.definition_id
 WHERE d.organization_id = %s AND d.name = 'Bench' AND r.key = %s AND a.path = %s AND a.staged_until IS NULL
 ORDER BY a.position
"""


def _caller(environ: dict[str, Any]) -> Any:
    digest = hashlib.sha256(environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ").encode()).digest()
    return _connection().execute(TOKEN, [digest], prepare=True).fetchone()


def attachments(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Two statements, a signed address for each file, and the JSON."""
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    if not query:
        return _answer(start_response, {})
    _member, organization = _caller(environ)
    doc = environ["PATH_INFO"].split("/")[-2]
    rows = _connection().execute(FIELD, [organization, doc, query["valuePath"]], prepare=True).fetchall()
    return _answer(start_response, {"status": "ok", "attachments": [_file(*row) for row in rows]})


def _file(key: str, name: str, kind: str, size: int, store: str, at: Any, sha256: str) -> dict[str, Any]:
    signature = hmac.digest(b"secret", bytes.fromhex(key), "sha256").hex()
    return {
        "_id": key, "_fileName": name, "_type": kind, "_size": size, "store": store, "_createdOn": at.isoformat(),
        "_sha256": sha256, "downloadURL": f"http://127.0.0.1/dl/{signature}/{name}", "id": key, "fileName": name,
        "type": kind, "size": size,
    }  # fmt: skip


SOURCE = """
SELECT a.id, r.id FROM records_attachment a JOIN records_record r ON r.id = a.record_id
  JOIN records_definition d ON d.id = r.definition_id
 WHERE d.organization_id = %s AND d.name = %s AND r.key = %s AND a.path = %s AND a.staged_until IS NULL
"""
COPY = """
INSERT INTO records_attachment (organization_id, definition_id, record_id, path, position, key, name, media_type, size,
    width, height, store, blob_id, created_at, created_by_id)
SELECT organization_id, definition_id, record_id, %s,
       (SELECT coalesce(max(position), -1) + 1 FROM records_attachment o WHERE o.record_id = a.record_id AND path = %s),
       %s, name, media_type, size, width, height, store, blob_id, now(), %s
  FROM records_attachment a WHERE id = %s RETURNING key, name, media_type, size, store, created_at
"""
TOUCH = "UPDATE records_record SET revision = revision + 1, modified_at = now(), modified_by_id = %s WHERE id = %s"
TOLD = """
INSERT INTO records_recordevent (organization_id, definition_key, record_key, kind, who_id, at, data)
VALUES (%s, 'bench', %s, 'attachment.copied', %s, now(), '{}')
"""


def copy(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """One transaction that locks the record, inserts the same rows and moves its revision."""
    if environ["REQUEST_METHOD"] != "POST":
        return _answer(start_response, {})
    (operation,) = json.loads(environ["wsgi.input"].read())
    source, target = operation["source"], operation["target"]
    member, organization = _caller(environ)
    connection = _connection()
    with connection.transaction():
        wanted = [organization, source["ddName"], source["_id"], source["valuePath"]]
        found = connection.execute(f"{SOURCE} FOR UPDATE OF r", wanted, prepare=True).fetchone()
        assert found is not None
        values = [target["valuePath"], target["valuePath"], secrets.token_hex(12), member, found[0]]
        row = connection.execute(COPY, values, prepare=True).fetchone()
        connection.execute(TOLD, [organization, source["_id"], member], prepare=True)
        connection.execute(TOUCH, [member, found[1]], prepare=True)
    assert row is not None
    key, name, kind, size, store, at = row
    return _answer(start_response, {"status": "ok", "attachments": [_file(key, name, kind, size, store, at, "")]})


WHERE = "d.organization_id = %s AND d.name = 'Bench' AND r.\"values\" @> %s::jsonb"
COUNT = f"SELECT count(*) FROM records_record r JOIN records_definition d ON d.id = r.definition_id WHERE {WHERE}"
PAGE = f"""
SELECT r.key, r.external_id, r."values", r.created_at, r.modified_at
  FROM records_record r JOIN records_definition d ON d.id = r.definition_id WHERE {WHERE} ORDER BY r.id LIMIT 100
"""


def records(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The token, a count and a page, as JSON."""
    query = dict(parse_qsl(environ["QUERY_STRING"]))
    if not query:
        return _answer(start_response, {})
    _member, organization = _caller(environ)
    values = [organization, query["query"]]
    total = _connection().execute(COUNT, values, prepare=True).fetchone()
    rows = _connection().execute(PAGE, values, prepare=True).fetchall()
    documents = [
        {
            "_id": key,
            "externalId": external,
            **own,
            "_createdOn": at.isoformat(),
            "_lastModifiedOn": moved.isoformat(),
        }
        for key, external, own, at, moved in rows
    ]
    return _answer(start_response, {"status": "ok", "documents": documents, "total": total})


def _answer(start_response: StartResponse, content: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
