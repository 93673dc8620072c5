"""The record store: copies, a field of a hundred files, a filter over a million records, and large uploads."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg

from bench.figures import Figure
from bench.load import cpu_a_request
from bench.server import Target, floor, rubrica

MEGABYTE = 1_000_000
RECORDS = int(os.environ.get("BENCH_RECORDS", "1000000"))
LARGE = int(os.environ.get("BENCH_LARGE_MB", "1000"))  # megabytes of the large file that is copied
UPLOAD = int(os.environ.get("BENCH_UPLOAD_MB", "100"))
BATCH = 250_000
FILES = 100
TIMES = 200
ROUNDS = 3
BLOCK = os.urandom(MEGABYTE)
BOUNDARY = "a-boundary-of-the-benchmark"
DEFINITION = {
    "name": "Bench",
    "fields": [
        {"name": "title", "type": "text"},
        {"name": "amount", "type": "number"},
        {"name": "small", "type": "attachment"},
        {"name": "large", "type": "attachment"},
        {"name": "many", "type": "attachment"},
        {"name": "copies", "type": "attachment"},
    ],
}
FILL = """
INSERT INTO records_record (organization_id, definition_id, key, status, "values", version, revision, access,
    created_at, modified_at)
SELECT d.organization_id, d.id, 'bench' || lpad(n::text, 15, '0'), '',
       jsonb_build_object('title', 'Bench ' || n, 'amount', n %% 10000), 1, 1, '{}', now(), now()
  FROM records_definition d, generate_series(%(start)s::bigint, %(end)s::bigint) n WHERE d.name = 'Bench'
"""


def measure() -> list[Figure]:
    with _settings(), rubrica() as ours:
        call(ours, "POST", "/document-definitions", DEFINITION)
        doc = call(ours, "POST", "/document-definitions/Bench/documents/new", {})["document"]["_id"]
        return [*_uploads(ours, doc), *_copies(ours, doc), _field(ours, doc), *_filters(ours)]


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    os.environ["RUBRICA_MAX_ATTACHMENT_BYTES"] = str(2 * LARGE * MEGABYTE + 200 * MEGABYTE)
    try:
        yield
    finally:
        del os.environ["RUBRICA_MAX_ATTACHMENT_BYTES"]


def _headers(target: Target) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.secrets['bearer_token']}", "Content-Type": "application/json"}


def call(target: Target, method: str, path: str, body: Any = None) -> dict[str, Any]:
    connection = target.connect()
    connection.request(method, f"/api/v2{path}", json.dumps(body), _headers(target))
    return _answer(connection)


def _answer(connection: http.client.HTTPConnection) -> dict[str, Any]:
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"The record store answered {answer.status}: {content[:300]!r}")
    found: dict[str, Any] = json.loads(content)
    return found


def _address(doc: str, field: str) -> str:
    return f"/api/v2/document-definitions/Bench/documents/{doc}/attachments?valuePath={field}"


# Uploads


def _uploads(ours: Target, doc: str) -> list[Figure]:
    form = max(_form(ours, doc, UPLOAD, 1) for _ in range(ROUNDS))
    text = max(_json(ours, doc, UPLOAD) for _ in range(ROUNDS))
    before = ours.process.memory_info().rss
    _form(ours, doc, UPLOAD, 3)
    growth = (ours.process.memory_info().rss - before) / MEGABYTE
    plain = max(_kept(UPLOAD, is_base64=False) for _ in range(ROUNDS))
    decoded = max(_kept(UPLOAD, is_base64=True) for _ in range(ROUNDS))
    name = f"attachment of {UPLOAD} MB"
    goal = "≥ 0.7 × floor"
    return [
        Figure(f"{name}, multipart", form, "MB/s", goal, plain, "SHA-256, write and fsync alone"),
        Figure(f"{name}, JSON with base64", text, "MB/s", goal, decoded, "base64, SHA-256, write and fsync alone"),
        Figure(f"memory growth of the web process, 3 × {UPLOAD} MB multipart", growth, "MB", "< 16 MB"),
    ]


def _form(target: Target, doc: str, megabytes: int, files: int) -> float:
    """Megabytes a second, from the first byte sent to the answer."""
    heads = [_head(f"{number}.bin") for number in range(files)]
    end = f"\r\n--{BOUNDARY}--\r\n".encode()
    length = sum(map(len, heads)) + len(end) + files * megabytes * MEGABYTE

    def body() -> Iterator[bytes]:
        for head in heads:
            yield head
            yield from (BLOCK for _ in range(megabytes))
        yield end

    return files * megabytes / _sent(target, doc, f"multipart/form-data; boundary={BOUNDARY}", length, body())


def _head(name: str) -> bytes:
    return f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()


def _json(target: Target, doc: str, megabytes: int) -> float:
    """Megabytes a second of what is in the base64."""
    letters = base64.b64encode(BLOCK[:999_999])
    begin, end = b'{"fileName": "a.bin", "content": "', b'"}'
    length = len(begin) + len(end) + megabytes * len(letters)
    body = (part for part in (begin, *[letters] * megabytes, end))
    return megabytes / _sent(target, doc, "application/json", length, body)


def _sent(target: Target, doc: str, kind: str, length: int, body: Iterator[bytes], more: str = "") -> float:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=600)
    headers = {**_headers(target), "Content-Type": kind, "Content-Length": str(length)}
    if more:
        headers["Content-Disposition"] = more
    begun = time.monotonic()
    connection.request("POST", _address(doc, "large") + "&actionType=replace", body, headers)
    _answer(connection)
    return time.monotonic() - begun


def _kept(megabytes: int, *, is_base64: bool) -> float:
    """What the same bytes cost whoever wants them hashed and on disk."""
    block = base64.b64encode(BLOCK[:999_999]) if is_base64 else BLOCK
    with tempfile.TemporaryFile() as file:
        begun, digest = time.monotonic(), hashlib.sha256()
        for _ in range(megabytes):
            content = base64.b64decode(block, validate=True) if is_base64 else block
            digest.update(content)
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
        return megabytes / (time.monotonic() - begun)


# Copies


def _copies(ours: Target, doc: str) -> list[Figure]:
    named = 'attachment; filename="large.bin"'
    _sent(ours, doc, "application/octet-stream", LARGE * MEGABYTE, (BLOCK for _ in range(LARGE)), named)
    small = {"fileName": "small.txt", "content": base64.b64encode(b"x" * 1000).decode()}
    connection = ours.connect()
    connection.request("POST", _address(doc, "small"), json.dumps(small), _headers(ours))
    _answer(connection)
    costs = {field: _copy_cost(ours, ours, doc, field) for field in ("small", "large")}
    with floor("copy", ours) as bare:
        least = _copy_cost(bare, ours, doc, "small")
    text = "bare transaction, same rows"
    return [
        Figure("copyAttachments, 1 kB, CPU", costs["small"], "µs", "≤ 3 × floor", least, text),
        Figure(f"copyAttachments, {LARGE} MB, CPU", costs["large"], "µs", "≤ 3 × floor", least, text),
    ]


def _copy_cost(target: Target, ours: Target, doc: str, field: str) -> float:
    place = {"ddName": "Bench", "_id": doc}
    target_place = {**place, "valuePath": "copies", "actionType": "append"}
    body = json.dumps([{"source": {**place, "valuePath": field}, "target": target_place}]).encode()
    return cpu_a_request(target, "POST", "/api/v2/documents/copyAttachments", body, _headers(ours), TIMES)


# Reads


def _field(ours: Target, doc: str) -> Figure:
    files = [{"fileName": f"{number}.txt", "content": "QQ=="} for number in range(3)]
    for begin in range(0, FILES, 3):
        connection = ours.connect()
        connection.request("POST", _address(doc, "many"), json.dumps(files[: FILES - begin]), _headers(ours))
        _answer(connection)
    path = _address(doc, "many")
    mine = cpu_a_request(ours, "GET", path, None, _headers(ours), TIMES)
    with floor("attachments", ours) as bare:
        least = cpu_a_request(bare, "GET", path, None, _headers(ours), TIMES)
    return Figure(f"GET of a field with {FILES} attachments, CPU", mine, "µs", "≤ 3 × floor", least, "bare callable")


def _filters(ours: Target) -> Iterator[Figure]:
    begun = time.monotonic()
    with psycopg.connect(ours.database_url, autocommit=True) as connection:
        for start in range(1, RECORDS + 1, BATCH):
            connection.execute(FILL, {"start": start, "end": min(start + BATCH - 1, RECORDS)})
        connection.execute("VACUUM ANALYZE records_record")
        connection.execute("CHECKPOINT")
    print(f"  {RECORDS:,} records after {time.monotonic() - begun:.0f} s", flush=True)
    query = quote(json.dumps({"amount": 7777}))
    path = f"/api/v2/document-definitions/Bench/documents?query={query}"
    mine = cpu_a_request(ours, "GET", path, None, _headers(ours), 40, ours.cpu_with_database)
    with floor("records", ours) as bare:
        least = cpu_a_request(bare, "GET", path, None, _headers(ours), 40, bare.cpu_with_database)
    name = f"list with a filter over {RECORDS:,} records, CPU with database"
    yield Figure(name, mine, "µs", "≤ 3 × floor", least, "bare callable, a count and a page")
