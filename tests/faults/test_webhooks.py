"""Webhooks end to end: a real server, two real workers, and a receiver that fails, hangs, or is away for a while."""

import base64
import json
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from standardwebhooks import Webhook as Verifier

from rubrica import postgres
from rubrica.webhooks.http import DEADLINE
from tests import pdfs, receiver
from tests.receiver import Call, Receiver, receiving
from tests.server import OWNER, PASSWORD, RUBRICA, Server, eventually, running

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults-webhooks")]
TOKEN = "a static token"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(RUBRICA_ALLOW_PRIVATE_ADDRESSES="127.0.0.1", RUBRICA_WEBHOOK_RETRY_SECONDS="1,2,3") as server:
        yield server


@pytest.fixture
def outside(server: Server) -> Iterator[Receiver]:
    with receiving() as found:
        hook = {"id": "default", "url": found.url, "header": {"key": "X-Token", "value": TOKEN}}
        assert server.auco("PUT", "/company", {"webhooks": [hook]}) == {"response": "OK"}
        yield found


@pytest.fixture
def second_worker(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    with server.log.open("ab") as log:
        worker = subprocess.Popen([RUBRICA, "work"], env=server.environment, stdout=log, stderr=log)
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(60)


def rows(server: Server, statement: str) -> list[Any]:
    with psycopg.connect(postgres.url(server.data_dir)) as connection:
        return connection.execute(statement).fetchall()


def change(server: Server, statement: str) -> None:
    with psycopg.connect(postgres.url(server.data_dir), autocommit=True) as connection:
        connection.execute(statement)


# A hundred messages about different things for the webhook "dead", as if so many processes had told it of something.
DEAD_MESSAGES = """
INSERT INTO webhooks_delivery
       (organization_id, webhook_id, subject, kind, message_id, body, state, tries, created_at, due_at)
SELECT organization_id, id, 'dead' || n, 'X', 'msg_dead' || n, '{}', 'open', 0, now(), now()
  FROM webhooks_webhook, generate_series(1, 100) n WHERE word = 'dead' AND removed_at IS NULL
"""
DEAD_JOBS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
SELECT 'webhooks', 'rubrica.webhooks.jobs.deliver', 0, 'webhook:' || webhook_id || ':' || subject,
       jsonb_build_object('webhook_id', webhook_id, 'subject', subject)
  FROM webhooks_delivery WHERE kind = 'X'
"""

LATENESS = """
SELECT max(extract(epoch FROM a.at - d.created_at)) FROM webhooks_attempt a
  JOIN webhooks_delivery d ON d.id = a.delivery_id JOIN webhooks_webhook w ON w.id = d.webhook_id
 WHERE w.word = 'default' AND d.created_at > (SELECT min(created_at) FROM webhooks_delivery WHERE kind = 'X')
"""


def start(server: Server, email: str) -> str:
    """One file is asked for and a contract is to be signed."""
    body = {
        "email": "owner@auco.ai",
        "name": "Contract",
        "packageName": f"Contract of {email}",
        "subject": "Please sign",
        "message": "Please sign",
        "file": base64.b64encode(pdfs.contract()).decode(),
        "signProfile": [{"name": "Ana Ruiz", "email": email, "phone": "+573000000000", "files": [{"name": "ID card"}]}],
    }
    package: str = server.auco("POST", "/attachments", body)["package"]
    return package


def act(server: Server, email: str, package: str) -> None:
    """Everything Ana and the reviewer do, as fast as they can."""
    link = server.link_for(email)
    slot = server.http.get(f"{link}/state").json()["files"][0]["id"]
    name = {"Content-Disposition": "attachment; filename=id.pdf"}
    answer = server.http.put(f"{link}/files/{slot}", content=pdfs.contract(), headers=name)
    assert answer.status_code == 200, answer.text
    signed = server.http.post(f"{link}/signature", json={"kind": "type", "text": "Ana Ruiz", "consent": True})
    assert signed.status_code == 200, signed.text
    person = server.auco("GET", "/attachments", package=package)["signers"][0]["userId"]
    review = {"package": package, "userId": person, "file": "ID card", "decision": "approve"}
    server.auco("POST", "/attachments/review", review)


STORY = [
    ("document", "CREATE"),
    ("attachments", "CREATE"),
    ("attachments", "UPLOADED"),
    ("document", "NOTIFICATION"),
    ("attachments", "APPROVED"),
    ("document", "FINISH"),
    ("attachments", "FINISH"),
]


def stories(calls: list[Call], packages: list[str], codes: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    """What a receiver knows of each process after dropping the twins that at-least-once allows."""
    known, found = set(), defaultdict(list)
    for call in calls:
        if call.headers["webhook-id"] in known:
            continue
        known.add(call.headers["webhook-id"])
        body = json.loads(call.body)
        package = body.get("package") or codes[body["code"]]
        if package in packages:
            found[package].append((body.get("type", "document"), body["status"]))
    return found


def codes_of(server: Server) -> dict[str, str]:
    pairs = "SELECT d.code, p.public_id FROM processes_document d JOIN processes_process p ON p.id = d.process_id"
    return dict(rows(server, pairs))


def secret_of(server: Server) -> str:
    """As the owner reads it in the console."""
    http = server.http
    page = http.get("/accounts/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "login": OWNER, "password": PASSWORD}
    http.post("/accounts/login/", data=form, headers={"Origin": server.url, "Referer": f"{server.url}/"})
    listed = http.get("/console/settings/webhooks").text
    address = re.search(r'href="(/console/settings/webhooks/\d+)"', listed)
    assert address, listed
    form = {"csrfmiddlewaretoken": http.cookies["csrftoken"]}
    shown = http.post(f"{address[1]}/secret", data=form, headers={"Origin": server.url, "Referer": f"{server.url}/"})
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", shown.text)
    assert found, shown.text[:500]
    return found[0]


@pytest.mark.timeout(420)
def test_each_arrives_once_signed_and_in_order_though_two_fail_and_one_hangs(
    server: Server, outside: Receiver, second_worker: subprocess.Popen[bytes]
) -> None:
    outside.script = [receiver.status(500), receiver.hang(12), receiver.status(503)]
    emails = [f"order{number}@example.com" for number in range(4)]
    packages = [start(server, email) for email in emails]
    for email, package in zip(emails, packages, strict=True):
        act(server, email, package)
    codes = codes_of(server)

    def are_told() -> bool:
        with outside.lock:
            told = stories(list(outside.calls), packages, codes)
        return all(len(told[package]) == len(STORY) for package in packages)

    eventually(are_told, "every message", 180)
    time.sleep(2)  # whatever would come twice
    calls = list(outside.calls)
    assert {package: stories(calls, packages, codes)[package] for package in packages} == dict.fromkeys(packages, STORY)
    # Three of the calls were answered badly and came once more; all else came once.
    assert len(calls) == len(packages) * len(STORY) + 3
    verifier, bodies = Verifier(secret_of(server)), defaultdict(set)
    for call in calls:
        bodies[call.headers["webhook-id"]].add(call.body)
        verifier.verify(call.body, call.headers)
        assert call.headers["x-token"] == TOKEN
    assert {len(bodies) for bodies in bodies.values()} == {1}
    eventually(lambda: not rows(server, "SELECT 1 FROM webhooks_delivery WHERE state <> 'sent'"), "the rows", 30)
    attempts = rows(server, "SELECT status, failure FROM webhooks_attempt WHERE status IS DISTINCT FROM 200")
    assert sorted(attempts, key=str) == sorted([(500, ""), (503, ""), (None, "TIMEOUT")], key=str)


@pytest.mark.timeout(420)
def test_killed_in_the_middle_of_a_call_nothing_is_lost(server: Server, outside: Receiver) -> None:
    outside.usual = receiver.hang(3)
    packages = [start(server, f"kill{number}@example.com") for number in range(3)]
    eventually(lambda: len(outside.calls) >= 2, "calls that are under way", 60)
    server.kill()
    outside.usual = receiver.status(200)
    server.start()
    codes = codes_of(server)

    def are_told() -> bool:
        told = stories(list(outside.calls), packages, codes)
        return all(told[package] == STORY[:2] for package in packages)

    eventually(are_told, "every message after the kill", 120)
    known: dict[str, bytes] = {}
    for call in outside.calls:
        assert known.setdefault(call.headers["webhook-id"], call.body) == call.body


@pytest.mark.timeout(420)
def test_a_receiver_that_hangs_keeps_no_other_waiting(server: Server, outside: Receiver) -> None:
    with receiving() as dead:
        dead.usual = receiver.hang(30)
        hooks = [
            {"id": "default", "url": outside.url},
            {"id": "dead", "url": dead.url},
        ]
        server.auco("PUT", "/company", {"webhooks": hooks})
        change(server, DEAD_MESSAGES)
        change(server, DEAD_JOBS)
        eventually(lambda: len(dead.calls) >= 8, "calls that hang", 60)
        before = len(outside.calls)
        start(server, "quick@example.com")
        eventually(lambda: len(outside.calls) >= before + 2, "the messages of the other", 30)
        late = rows(server, LATENESS)[0][0]
        assert late < DEADLINE, f"{late} seconds from the event to the call: it waited for a call that hangs"
        assert len(dead.calls) <= 24  # eight at once, and no more than three rounds of them meanwhile
        change(server, "UPDATE webhooks_delivery SET state = 'skipped', settled_at = now() WHERE state = 'open'")
