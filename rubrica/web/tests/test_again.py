"""A transaction that the database undid is done again, once all of it is undone, and not otherwise."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from rubrica.accounts.models import Organization
from rubrica.web.again import Again
from tests.server import eventually

UNDO = "DO $$ BEGIN RAISE EXCEPTION 'undone' USING ERRCODE = '{code}'; END $$"
WAITS = """
SELECT true FROM pg_stat_activity
 WHERE pid = %s AND wait_event_type = 'Lock' AND clock_timestamp() > query_start + interval '2 s'
"""


def call(view: Callable[[HttpRequest], HttpResponse], method: str = "POST") -> Any:
    request = RequestFactory().generic(method, "/anything", b'{"a": 1}', content_type="application/json")
    return Again(view).process_view(request, view, (), {})


def undo(code: str = "40P01") -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UNDO.format(code=code))


@pytest.fixture
def pair(transactional_db: None) -> Iterator[list[Organization]]:
    yield [Organization.objects.create(slug=slug, name=slug) for slug in ("first", "second")]
    connection.close()


def test_a_deadlock_is_nobodys_business(pair: list[Organization]) -> None:
    """The other wants the first row while it holds the second; whoever looks last finds the circle and is undone."""
    bodies = list[bytes]()
    held, other_pid = threading.Event(), list[int]()

    def other() -> None:
        with psycopg.connect(**connection.get_connection_params()) as theirs:
            theirs.execute("UPDATE accounts_organization SET name = 'their second' WHERE slug = 'second'")
            other_pid.append(theirs.info.backend_pid)
            held.wait(60)
            theirs.execute("UPDATE accounts_organization SET name = 'their first' WHERE slug = 'first'")

    def view(request: HttpRequest) -> HttpResponse:
        bodies.append(request.body)
        with transaction.atomic():
            Organization.objects.filter(slug="first").update(name="our first")
            held.set()
            if len(bodies) == 1:
                eventually(lambda: waits(other_pid[0]), "the other to wait, and to have looked for a circle")
            Organization.objects.filter(slug="second").update(name="our second")
        return HttpResponse("done")

    thread = threading.Thread(target=other)
    thread.start()
    eventually(lambda: other_pid, "the other to hold its row")
    answer = call(view)
    thread.join(60)
    assert answer.content == b"done"
    assert bodies == [b'{"a": 1}'] * 2
    assert set(Organization.objects.values_list("name", flat=True)) == {"our first", "our second"}


def waits(pid: int) -> bool:
    with psycopg.connect(**connection.get_connection_params()) as looking:
        return looking.execute(WAITS, [pid]).fetchone() is not None


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_it_is_tried_a_few_times_and_then_told(pair: list[Organization], code: str) -> None:
    tries = list[int]()

    def view(request: HttpRequest) -> HttpResponse:
        tries.append(1)
        undo(code)
        return HttpResponse()

    with pytest.raises(OperationalError):
        call(view)
    assert len(tries) == 4


def first_then_undone(first: Callable[[HttpRequest], object], method: str = "POST") -> int:
    """How often the view was called that does this, and whose transaction is undone then."""
    tries = list[int]()

    def view(request: HttpRequest) -> HttpResponse:
        tries.append(1)
        first(request)
        undo()
        return HttpResponse()

    with pytest.raises(OperationalError):
        call(view, method)
    return len(tries)


def test_what_was_committed_is_not_done_twice(pair: list[Organization]) -> None:
    def commits(request: HttpRequest) -> None:
        with transaction.atomic():
            Organization.objects.filter(slug="first").update(name="x")

    assert first_then_undone(commits) == 1


def test_a_claim_outside_of_transactions_is_not_made_twice(pair: list[Organization]) -> None:
    assert first_then_undone(lambda request: Organization.objects.filter(slug="first").update(name="x")) == 1
    assert first_then_undone(lambda request: Organization.objects.filter(slug="first").exists()) == 4


def test_a_body_that_was_streamed_is_not_there_again(pair: list[Organization]) -> None:
    assert first_then_undone(lambda request: request.read(1)) == 1
    assert first_then_undone(lambda request: request.body) == 4


def test_other_errors_are_told_at_once(pair: list[Organization]) -> None:
    tries = list[int]()

    def view(request: HttpRequest) -> HttpResponse:
        tries.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(view)
    assert len(tries) == 1
