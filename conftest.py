import logging
import os
from collections.abc import Iterator
from pathlib import Path

import django.conf
import psycopg
import pytest
import pytest_django
from django.db import connection, connections
from django.db.backends.postgresql.operations import DatabaseOperations

from rubrica import postgres, tenancy
from rubrica.tenancy import installing
from tests.cast import Acme, make_acme
from tests.logwatch import LogWatch
from tests.tampering import as_superuser, flush


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spreads the groups that start servers and browsers over the first two thirds, the largest first: neither are they
    all at work at once, nor is one of them left to the end, where the other processes would wait for it.

    Those that commit to the database of their process stay where they are, behind all that count on an empty one.
    """
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if group := item.get_closest_marker("xdist_group"):
            groups.setdefault(group.args[0], []).append(item)
    moved = [found for found in groups.values() if not any(map(_has_database, found))]
    alone = [item for item in items if not any(item in found for found in moved)]
    apart = len(alone) * 2 // 3 // max(1, len(moved))
    spread: list[pytest.Item] = []
    for found in sorted(moved, key=len, reverse=True):
        spread += [*found, *alone[:apart]]
        del alone[:apart]
    items[:] = [*spread, *alone]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Whole files are not part of a test's name: some are made at random, and every process must call it the same."""
    return argname if isinstance(val, bytes) and len(val) > 40 else None


def _has_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


@pytest.fixture(autouse=True, scope="session")
def _history_is_emptied_too() -> None:
    """After a test that commits, also of the tables that refuse it otherwise."""
    DatabaseOperations.sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _no_secret_in_the_log() -> Iterator[None]:
    """Whatever the whole suite has logged holds no key, token or link."""
    watch = LogWatch()
    logging.getLogger().addHandler(watch)
    yield
    logging.getLogger().removeHandler(watch)
    assert watch.found == []


@pytest.fixture(autouse=True)
def _everything_in_sight() -> Iterator[None]:
    """Also where the test before has gone through a door outside of any request, and seen one organization since."""
    with tenancy.every_organization("A test makes and looks at what it wants; requests and jobs begin with nothing."):
        yield


@pytest.fixture(autouse=True)
def _plain_static_files(settings: object) -> None:
    """Pages in unit tests name their static files as they are in the sources, whether or not those were built, and no
    client reads the folder of the built ones when it begins."""
    settings.WHITENOISE_AUTOREFRESH = True  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _quick_passwords(settings: object) -> None:
    """Scrypt is slow on purpose, and every test makes people."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _own_folder_for_blobs(settings: object, tmp_path: Path) -> None:
    """No test sees another's files, so that each can say what was stored."""
    settings.STORAGE_URL = f"file://{tmp_path}/blobs"  # type: ignore[attr-defined]


@pytest.fixture
def transactional_db(transactional_db: None) -> None:
    """Django empties its own tables after such a test; the queue's are not among them."""
    with as_superuser() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def acme(db: None) -> Acme:
    return make_acme()


@pytest.fixture
def other(db: None) -> Acme:
    return make_acme("Other", "other.example")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The tables are made by their owner, who grants the application what it needs; then tests are the application."""
    django.conf.settings.APPLICATION_ROLE = postgres.APPLICATION
    tenancy.operate()  # a test itself sees everything; requests and jobs begin with nothing in sight


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """Tests are the application and not the owner, so that each shows that nothing misses its organization.

    The session stays the superuser's, who alone can tamper with history (``tests.tampering``).
    """
    with django_db_blocker.unblock():
        installing.install_after_migrations()  # once more, for the table of the cache, which was made after the others
    ours = connection.settings_dict["OPTIONS"]
    before = ours.get("options", "")
    connection.close()
    ours["options"] = f"{before} -c role={postgres.APPLICATION}".strip()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own; the next one is made with the role
    yield
    # A thread that outlived its test may hold a connection, and then the database could not be dropped.
    ours["options"] = before
    database = connection.settings_dict["NAME"]
    connections.close_all()
    with psycopg.connect(os.environ["RUBRICA_DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
