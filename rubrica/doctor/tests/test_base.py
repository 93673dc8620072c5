"""A real PostgreSQL, good and bad; its queue."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from rubrica.doctor import base, queue
from rubrica.doctor.data import DataDirectory
from tests.tampering import as_superuser, server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Parameters that a test may change for the connection."""
    changed: dict[str, Any] = {}
    real = connection.get_connection_params
    monkeypatch.setattr(connection, "get_connection_params", lambda: {**real(), **changed})
    yield changed


@pytest.mark.django_db
def test_a_database_that_answers() -> None:
    found = base.database()
    assert found.status == "ok"
    assert "on this machine" in found.sentence


@pytest.mark.django_db
def test_a_dead_port(elsewhere: dict[str, Any]) -> None:
    elsewhere.update(host="127.0.0.1", port=free_port(), password="hunter22")
    found = base.database()
    assert found.status == "failure"
    assert "refused" in found.sentence
    assert "hunter22" not in found.sentence


@pytest.mark.django_db
def test_a_server_that_accepts_and_says_nothing(elsewhere: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        elsewhere.update(host="127.0.0.1", port=silent.getsockname()[1])
        found = base.database()
    assert found.status == "failure"
    assert "timeout" in found.sentence


@pytest.mark.django_db
def test_a_database_that_is_not_there(elsewhere: dict[str, Any]) -> None:
    elsewhere["dbname"] = "nowhere"
    assert 'database "nowhere" does not exist' in base.database().sentence


@pytest.mark.django_db(transaction=True)
def test_another_encoding_and_a_user_without_rights(elsewhere: dict[str, Any]) -> None:
    with server() as cursor:
        cursor.execute("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        cursor.execute("CREATE ROLE guest LOGIN")
    try:
        elsewhere.update(dbname="latin", user="guest", options="")
        found = base.database()
    finally:
        with server() as cursor:
            cursor.execute("DROP DATABASE latin")
            cursor.execute("DROP ROLE guest")
    assert found.status == "failure"
    assert "LATIN1" in found.sentence
    assert "may not make tables" in found.sentence


@pytest.mark.django_db
def test_a_version_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "OLDEST", 99)  # no older server is here to ask
    assert "Use version 99 or newer" in base.database().do


@pytest.mark.parametrize(
    ("host", "is_far"),
    [("", False), ("/var/run", False), ("localhost", False), ("127.0.0.1", False), ("::1", False),
     ("10.0.0.7", True), ("db.example.com", True)],
)  # fmt: skip
def test_what_goes_over_a_network(host: str, is_far: bool) -> None:
    assert base.is_far(host) is is_far


@pytest.mark.django_db
def test_the_tables_of_this_version() -> None:
    with as_superuser() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS cache (cache_key text)")
    assert base.migrations().status == "ok"


@pytest.mark.django_db
def test_a_migration_that_is_missing_or_newer() -> None:
    with as_superuser() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS cache (cache_key text)")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'webhooks'")
    found = base.migrations()
    assert found.status == "failure"
    assert "migrations are missing" in found.sentence
    assert "rubrica migrate" in found.do
    with as_superuser() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('webhooks', '9999_later', now())")
    found = base.migrations()
    assert "newer version of Rubrica (webhooks.9999_later)" in found.sentence


@pytest.mark.django_db
def test_clocks() -> None:
    assert base.clock().status == "ok"
    assert base.apart(-1.5).status == "ok"
    found = base.apart(-5)
    assert (found.status, "5 s behind" in found.sentence) == ("warning", True)
    found = base.apart(40)
    assert (found.status, "40 s ahead of" in found.sentence) == ("failure", True)


def test_an_embedded_database_that_was_never_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUBRICA_DATABASE_URL")
    monkeypatch.setenv("RUBRICA_DATA_DIR", str(tmp_path))
    with base.held_up(DataDirectory()) as reason:
        assert f"There is no database in {tmp_path}/postgres yet" in reason
    assert list(tmp_path.iterdir()) == []
    assert base.unstarted(reason).status == "failure"


def worker(seconds_ago: int = 0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def job(status: str = "todo", seconds_ago: int = 0, queue_name: str = "mail", name: str = "x.jobs.invite") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) "
            "VALUES (%s, %s, %s, now() - make_interval(secs => %s))",
            [queue_name, name, status, seconds_ago],
        )


@pytest.mark.django_db
class TestQueue:
    def test_a_worker_that_keeps_up(self) -> None:
        worker()
        job(seconds_ago=-3600)  # for later
        job(seconds_ago=3)
        assert queue.queue().status == "ok"

    def test_no_worker(self) -> None:
        worker(seconds_ago=300)
        job(seconds_ago=300, queue_name=queue.CARE)
        found = queue.queue()
        assert (found.status, "No worker is alive" in found.sentence) == ("warning", True)
        job(seconds_ago=600)
        found = queue.queue()
        assert found.status == "failure"
        assert "1 jobs wait, the oldest since 10 minutes" in found.sentence

    def test_a_job_that_was_never_given_a_time_counts_from_when_it_came(self) -> None:
        job()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
            cursor.execute("UPDATE procrastinate_events SET at = at - interval '3 hours'")
        assert "the oldest since 3 hours" in queue.queue().sentence

    def test_a_worker_that_is_behind(self) -> None:
        worker()
        job(seconds_ago=600)
        assert queue.queue().status == "warning"
        job(seconds_ago=7200)
        assert queue.queue().status == "failure"

    def test_jobs_that_failed_for_good(self) -> None:
        worker()
        for name in ("seal", "seal", "invite", "remind", "expire"):
            job("failed", name=f"rubrica.processes.jobs.{name}")
        found = queue.queue()
        assert found.status == "warning"
        assert "5 jobs have failed for good: seal (2), expire (1), invite (1) and 1 other kinds" in found.sentence


def test_the_queue_of_the_clock_has_one_name() -> None:
    from rubrica.processes import jobs

    assert jobs.CARE == queue.CARE
