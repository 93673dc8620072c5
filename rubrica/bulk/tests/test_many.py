"""Many rows cost as many times what few cost, and never more memory: ``make bulk`` checks and sends ten thousand."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from rubrica.bulk import sending
from rubrica.bulk.checking import dry_run
from rubrica.bulk.models import Batch
from rubrica.bulk.tests.conftest import Begin

MANY = int(os.environ.get("BULK", "0"))
CHECKED, SENT = MANY or 1_500, MANY or 3 * sending.AT_A_TIME
A_ROW = 12_000  # bytes that a dry run may hold for a row, its faults and who was in it
SLACK = 8 << 20  # bytes


@dataclass
class Spent:
    statements: int = 0
    peak: int = 0  # bytes above what there was before
    left: int = 0  # bytes that stayed


def lines(count: int) -> list[tuple[int, list[str]]]:
    """Every tenth has no address."""
    return [
        (number + 2, [f"Zoë {number}", f"zoe{number}@example.com" if number % 10 else "", "", "pt"])
        for number in range(count)
    ]


@contextmanager
def measured() -> Iterator[Spent]:
    spent = Spent()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        with CaptureQueriesContext(connection) as captured:
            connection.queries_log.clear()
            yield spent
        spent.statements = len(captured)
        captured.connection.queries_log.clear()
        now, peak = tracemalloc.get_traced_memory()
        spent.peak, spent.left = peak - before, now - before
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(3600)
def test_a_dry_run_asks_the_database_as_often_for_many_rows_as_for_few(begin: Begin) -> None:
    few, many = begin(lines(100)), begin(lines(CHECKED))
    with measured() as for_few:
        dry_run(few)
    start = time.monotonic()
    with measured() as for_many:
        run = dry_run(many)
    print(f"{CHECKED:,} rows checked in {time.monotonic() - start:.1f} s, {for_many.peak / 2**20:.0f} MB at most")
    assert (run.rows, len(run.left_out), run.good) == (CHECKED, CHECKED // 10, CHECKED - CHECKED // 10)
    assert for_many.statements <= for_few.statements
    assert for_many.peak < SLACK + CHECKED * A_ROW


@pytest.mark.timeout(7200)
def test_the_last_rows_cost_what_the_first_ones_did(
    begin: Begin, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    batch = begin(lines(SENT * 10 // 9 + 1))
    batch.start(batch.creator, dry_run(batch).left_out, batch.fingerprint)
    turns, start = [], time.monotonic()
    while Batch.objects.filter(pk=batch.pk, state=Batch.State.RUNNING).exists():
        with measured() as turn:
            with django_capture_on_commit_callbacks(execute=True):
                sending.send_some(batch.pk)
            connection.run_on_commit.clear()  # a test never commits, and Django would keep what waits for it
        turns.append(turn)
    counted = batch.counts()
    print(f"{counted['sent']:,} rows sent in {time.monotonic() - start:.0f} s")
    assert counted["sent"] >= SENT and not counted.get("failed") and not counted.get("waiting")
    first, last = turns[1], turns[-2]  # the very first one fills caches, and the very last one may have few rows
    assert last.statements <= first.statements
    assert last.peak < first.peak + SLACK
    assert sum(turn.left for turn in turns[1:]) < SLACK, "what was sent is let go of"
