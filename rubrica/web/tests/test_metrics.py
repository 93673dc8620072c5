"""The figures: who may read them, what they say, and that rules and dashboard name no other."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from rubrica import figures
from rubrica.sealing.keyring.keys import ensure_authority, signing_key
from rubrica.web import metrics
from tests.cast import Acme

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics.STATE, "_at", -metrics.FRESH)


def read(client: Client, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    """The values of each figure by those of its labels."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.status_code
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_it_works(client: Client, acme: Acme) -> None:
    figures.answered("auco", 503, 0.2)
    figures.worked("seal", 0.3, failed=True)
    ensure_authority()
    signing_key(acme.organization)
    found = read(client)
    assert found["rubrica_requests_total"]["auco", "5xx"] >= 1
    assert found["rubrica_job_failures_total"]["seal",] >= 1
    assert found["rubrica_certificate_days"][()] > 365
    assert found["rubrica_free_bytes"][()] > 0
    assert found["rubrica_documents_unsealed"][()] == 0


def test_jobs_that_wait(client: Client, acme: Acme) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at, priority)
               VALUES ('mail', 'a.b.invite', '{}', 'todo', now() - interval '90 seconds', 0),
                      ('mail', 'a.b.invite', '{}', 'todo', now() + interval '1 day', 0),
                      ('sealing', 'a.b.seal', '{}', 'failed', null, 0)"""
        )
    found = read(client)
    assert found["rubrica_queue_due_jobs"] == {("mail",): 1}
    assert 89 < found["rubrica_queue_oldest_seconds"]["mail",] < 120
    assert found["rubrica_jobs_lost"] == {("seal",): 1}


def test_a_question_that_takes_too_long_costs_its_own_figure_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    with connection.cursor() as cursor:  # as the time-out does it, without the time
        cursor.execute(
            """CREATE FUNCTION pg_temp.too_long() RETURNS int LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'too long' USING ERRCODE = 'query_canceled'; END $$"""
        )
    slow: Any = ("rubrica_webhooks_off", "Slow.", [], "SELECT pg_temp.too_long()")
    monkeypatch.setattr(metrics, "QUESTIONS", [slow, *metrics.QUESTIONS[-1:]])
    found = read(client)
    assert "rubrica_webhooks_off" not in found
    assert found["rubrica_database_bytes"][()] > 0


def test_only_this_machine_reads_without_a_token(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.7"}).status_code == 404


def test_with_a_token_nobody_reads_without_it(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a long one"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer ñ"}).status_code == 404
    read(client, Authorization="Bearer a long one")


def names(text: str) -> set[str]:
    return set(re.findall(r"\brubrica_[a-z_]+", text))


@pytest.mark.parametrize("file", ["deploy/prometheus/alerts.yml", "deploy/grafana/rubrica.json", "docs/operate.md"])
def test_only_figures_that_are_there_are_named(client: Client, acme: Acme, file: str) -> None:
    figures.answered("auco", 200, 0.2)
    figures.worked("seal", 0.3, failed=True)
    figures.storage_errors.labels("read").inc(0)
    text = client.get("/metrics").content.decode()
    known = names(text) | {"rubrica_queue_oldest_seconds", "rubrica_queue_due_jobs", "rubrica_jobs_lost"}
    named = names((ROOT / file).read_text()) - {"rubrica_verify", "rubrica_verify_"}
    assert named - known == set()


def test_the_dashboard_shows_every_figure_of_the_state() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/rubrica.json").read_text())
    shown = names(json.dumps(dashboard))
    assert {name for name, *_ in metrics.QUESTIONS} <= shown
