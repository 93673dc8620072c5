"""Connections that the server has closed are noticed before anybody is given one."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from rubrica.connecting.pool import Pool, is_whole
from tests.tampering import as_superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(kwargs={**connection.get_connection_params(), "autocommit": True}, min_size=4, max_size=4) as pool:
        pool.wait()
        yield pool


def end_all(pool: Pool) -> None:
    """As the server does when it is restarted."""
    pids = [idle.info.backend_pid for idle in pool._pool]
    with as_superuser() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid, 30000) FROM unnest(%s) pid", [pids])
        assert cursor.fetchall() == [(True,)] * 4


def test_nobody_is_given_a_connection_that_the_server_has_closed(pool: Pool) -> None:
    end_all(pool)
    for _ in range(8):
        with pool.connection() as found:
            assert found.execute("SELECT 1").fetchone() == (1,)


def test_a_notice_in_the_socket_is_no_farewell(pool: Pool) -> None:
    with pool.connection() as listening, pool.connection() as other:
        listening.execute("LISTEN base")
        other.execute("NOTIFY base")
        other.execute("SELECT pg_sleep(0)")
        assert is_whole(listening) and is_whole(other)


def test_each_process_has_a_name_in_the_list_of_connections() -> None:
    with psycopg.connect(**connection.get_connection_params()) as found:
        (name,) = found.execute("SHOW application_name").fetchone() or ("",)
    assert name.startswith("rubrica ")
