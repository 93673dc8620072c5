"""Reads that may lag go to a real replica, while it is there and near."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.urls import reverse

from rubrica import settings as ours
from rubrica.accounts.models import Organization
from rubrica.connecting import replica
from rubrica.console.reports import export
from rubrica.console.reports.period import Asked
from rubrica.database import planned_rows
from rubrica.doctor import connections as doctor
from rubrica.web import metrics
from tests import standby
from tests.cast import make_acme
from tests.server import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("standby")]
WHERE = "SELECT pg_is_in_recovery()"


@pytest.fixture(scope="module")
def follower() -> Iterator[str]:
    with standby.following(os.environ["RUBRICA_DATABASE_URL"]) as address:
        yield address


@pytest.fixture
def near(follower: str) -> Iterator[None]:
    """With the replica among Django's databases, of the test's own database."""
    made = ours.database("RUBRICA_REPLICA_URL", follower)
    made["NAME"] = connection.settings_dict["NAME"]
    made["OPTIONS"]["pool"] = {"min_size": 0, "max_size": 2, "timeout": 5}
    with registered(made):
        yield


@contextmanager
def registered(made: dict[str, Any]) -> Iterator[None]:
    replica._known.clear()
    django_settings.DATABASES[replica.REPLICA] = {**connection.settings_dict, **made}
    wrapper = connections[replica.REPLICA]
    # Django lets a test reach those databases only that were there when it began.
    wrapper.ensure_connection = lambda: None if wrapper.connection else connected(wrapper)  # type: ignore[method-assign]
    try:
        yield
    finally:
        connections[replica.REPLICA].close()
        connections[replica.REPLICA].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
        del connections[replica.REPLICA]
        del django_settings.DATABASES[replica.REPLICA]
        replica._known.clear()


def connected(wrapper: BaseDatabaseWrapper) -> None:
    with wrapper.wrap_database_errors:
        wrapper.connect()


@pytest.fixture
def away() -> Iterator[None]:
    """A replica that does not answer."""
    made = ours.database(
        "RUBRICA_REPLICA_URL", "postgresql://nobody@127.0.0.1:1/nothing", patience=ours.REPLICA_PATIENCE
    )
    with registered(made):
        yield


def caught_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()::text")
        (here,) = cursor.fetchone() or ("0/0",)

    def is_there() -> bool:
        with connections[replica.REPLICA].cursor() as cursor:
            cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [here])
            return bool((cursor.fetchone() or [False])[0])

    eventually(is_there, "the replica to have it")


def test_lagging_reads_go_to_the_replica_and_writes_do_not(near: None) -> None:
    acme = make_acme()
    caught_up()
    with replica.lagging_reads() as alias:
        assert alias == replica.REPLICA
        assert planned_rows(WHERE, {}) == [(True,)]
        found = Organization.objects.get(pk=acme.organization.pk)
        assert found._state.db == replica.REPLICA
        Organization.objects.filter(pk=found.pk).update(name="Written")
    assert planned_rows(WHERE, {}) == [(False,)]
    assert Organization.objects.get(pk=found.pk).name == "Written"


def test_reports_and_their_tables_are_read_there(near: None) -> None:
    acme = make_acme()
    caught_up()
    client = Client()
    client.force_login(acme.owner)
    assert client.get(reverse("console:reports")).status_code == 200
    rows = export.rows(acme.organization, Asked.of({}))
    assert list(rows) == []
    assert doctor.replica().status == "ok"
    assert "answers" in doctor.replica().sentence


def test_a_replica_that_is_far_behind_is_not_asked(near: None, settings: object) -> None:
    acme = make_acme()
    caught_up()
    settings.REPLICA_LAG_SECONDS = -1  # type: ignore[attr-defined]  # however near it is
    with replica.lagging_reads() as alias:
        assert alias == "default"
        assert Organization.objects.get(pk=acme.organization.pk)._state.db == "default"
    assert doctor.replica().status == "warning"


def test_a_replica_that_is_away_costs_one_look_in_five_seconds(away: None) -> None:
    make_acme()
    with replica.lagging_reads() as alias:
        assert alias == "default"
    asked = replica._known[0][0]
    for _ in range(5):
        with replica.lagging_reads() as alias:
            assert alias == "default"
    assert replica._known[0][0] == asked or time.monotonic() - asked > replica.FRESH
    assert "does not answer" in doctor.replica().sentence


def test_of_those_that_come_at_once_one_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    come, asked = threading.Barrier(4), []

    def lag() -> None:
        asked.append(1)
        while len(asked) == 1 and not all_wait(threads):
            time.sleep(0.01)

    def come_in() -> None:
        come.wait()
        replica.is_near()

    def all_wait(threads: list[threading.Thread]) -> bool:
        """Those that do not ask have come as far as the lock."""
        frames = sys._current_frames()
        lines = [frames[one.ident].f_code.co_name for one in threads if one.ident in frames]
        return lines.count("known_lag") == len(threads) - 1

    replica._known.clear()
    monkeypatch.setattr(replica, "lag", lag)
    threads = [threading.Thread(target=come_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]
    replica._known.clear()


def test_who_cannot_reach_the_replica_waits_two_seconds_at_the_most() -> None:
    options = ours.database("RUBRICA_REPLICA_URL", "postgresql://h/n", patience=ours.REPLICA_PATIENCE)["OPTIONS"]
    assert (options["pool"]["timeout"], options["connect_timeout"]) == (2, "2")
    options = ours.database("RUBRICA_DATABASE_URL", "postgresql://h/n")["OPTIONS"]
    assert (options["pool"]["timeout"], options["connect_timeout"]) == (20, "10")


def test_metrics_go_on_without_it(away: None) -> None:
    replica._known[:] = [(time.monotonic() + 3600, 3.0)]
    assert metrics._replica().samples[0].value == 3.0
    replica._known.clear()
    assert metrics._replica().samples[0].value == -1


def test_a_server_that_follows_nobody_is_no_replica() -> None:
    made = {**django_settings.DATABASES["default"], "NAME": connection.settings_dict["NAME"]}
    with registered(made):
        assert replica.lag() is None


def test_without_the_setting_everything_stays_where_it_is() -> None:
    with replica.lagging_reads() as alias:
        assert alias == "default"
    assert "no replica" in doctor.replica().sentence
    with psycopg.connect(**connection.get_connection_params()) as found:
        assert found.execute(WHERE).fetchone() == (False,)
