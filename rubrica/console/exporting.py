"""Rows for a spreadsheet, read in batches and sent while they are read."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

from rubrica import database

BATCH = 500  # rows
MOST_IN_WORKBOOK = 50_000  # a workbook is made whole before its first byte can go out; a CSV has them all
Row = TypeVar("Row", bound=Model)


def in_batches(found: "QuerySet[Row]", by: str = "-pk", most: int | None = None) -> Iterator[Row]:
    """``most`` of them or all, in the order of ``by``, which no two rows share. Whoever reads slowly holds nothing."""
    key, further = (by[1:], "lt") if by.startswith("-") else (by, "gt")
    last, left = None, most
    while left is None or left > 0:
        behind = found if last is None else found.filter(**{f"{key}__{further}": getattr(last, key)})
        size = BATCH if left is None else min(BATCH, left)
        batch = list(behind.order_by(by)[:size])
        database.let_go()
        yield from batch
        if len(batch) < size:
            return
        last, left = batch[-1], None if left is None else left - len(batch)
