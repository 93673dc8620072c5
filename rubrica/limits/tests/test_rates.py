"""How often somebody may call: never more than a minute's calls at once, over all processes, at few statements."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from rubrica.database import Row, one_row
from rubrica.limits.rates import SHARE, Rate

pytestmark = pytest.mark.django_db


@dataclass
class Database:
    """The real one at a moment that stands still, and a count of what it was asked."""

    asked: list[str] = field(default_factory=list)

    def __call__(self, statement: str, values: dict[str, Any]) -> Row | None:
        self.asked.append(statement)
        return one_row(statement.replace("clock_timestamp()", "'2026-01-01 00:00Z'::timestamptz"), values)


def admitted(rate: Rate, calls: int, caller: str = "Ana") -> int:
    verdicts = [rate.take(caller) for _ in range(calls)]
    return sum(verdict is not None and verdict.may for verdict in verdicts)


def let_pass(seconds: float) -> None:
    """As if that much time had gone by for all who are counted."""
    back = "UPDATE limits_rate SET full_at = full_at - make_interval(secs => %(seconds)s) RETURNING 1"
    one_row(back, {"seconds": seconds})


def test_it_works() -> None:
    verdict = Rate("key", 60, Database()).take("Ana")
    assert verdict is not None and verdict.may
    assert (verdict.most, verdict.left, verdict.full_in) == (60, 59, 1)


def test_a_minutes_calls_may_come_at_once_and_not_one_more() -> None:
    rate = Rate("key", 10, Database(), now=lambda: 100.0)
    assert admitted(rate, 30) == 10


def test_processes_share_what_is_allowed() -> None:
    """Each takes on credit; what both let in together is never more than one would."""
    one, other = (Rate("key", 600, Database(), now=lambda: 100.0) for _ in range(2))
    let_in = sum(admitted(rate, 1) for _ in range(500) for rate in (one, other))
    assert 600 - 2 * (600 // SHARE) <= let_in <= 600


def test_who_waits_as_long_as_told_may_again() -> None:
    now = 100.0
    rate = Rate("key", 10, Database(), now=lambda: now)
    admitted(rate, 11)
    refused = rate.take("Ana")
    assert refused is not None and not refused.may and 1 <= refused.wait <= 6
    let_pass(refused.wait + 1)
    now += refused.wait + 1
    assert admitted(rate, 1) == 1


def test_who_is_refused_costs_the_database_nothing_until_they_may() -> None:
    database = Database()
    rate = Rate("key", 5, database, now=lambda: 100.0)
    admitted(rate, 6)
    asked = len(database.asked)
    assert admitted(rate, 100) == 0
    assert len(database.asked) == asked


def test_who_calls_often_is_asked_for_seldom() -> None:
    database = Database()
    rate = Rate("key", 6000, database, now=lambda: 100.0)
    assert admitted(rate, 1000) == 1000
    assert len(database.asked) < 30


def test_who_calls_now_and_then_takes_nothing_on_credit() -> None:
    now = 100.0
    database = Database()
    rate = Rate("key", 6000, database, now=lambda: now)
    for _ in range(5):
        assert admitted(rate, 1) == 1
        now += 2
    assert len(database.asked) == 5


def test_credit_that_was_not_used_goes_stale() -> None:
    now = 100.0
    database = Database()
    rate = Rate("key", 6000, database, now=lambda: now)
    admitted(rate, 5)
    asked = len(database.asked)
    now += 60
    admitted(rate, 1)
    assert len(database.asked) == asked + 1


def test_callers_and_kinds_are_counted_apart() -> None:
    keys, links = (Rate(kind, 3, Database(), now=lambda: 100.0) for kind in ("key", "link"))
    assert [admitted(keys, 5, "Ana"), admitted(keys, 5, "Bob"), admitted(links, 5, "Ana")] == [3, 3, 3]


def test_nothing_is_counted_without_a_limit() -> None:
    database = Database()
    assert Rate("key", 0, database).take("Ana") is None
    assert database.asked == []


def test_without_the_database_everybody_is_let_in() -> None:
    def gone(statement: str, values: dict[str, Any]) -> Row | None:
        raise OSError("no database")

    assert Rate("key", 1, gone).take("Ana") is None


def test_the_table_survives_no_crash_and_so_costs_no_log() -> None:
    row = one_row("SELECT relpersistence FROM pg_class WHERE relname = 'limits_rate'", {})
    assert row in {("u",), (b"u",)}
