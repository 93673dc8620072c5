"""Whoever reads an export slowly holds nothing that others wait for."""

import pytest
from django.db import connection

from rubrica.accounts.models import Member
from rubrica.console import exporting
from tests.cast import Acme


@pytest.mark.django_db(transaction=True)
def test_between_batches_there_is_no_connection(acme: Acme) -> None:
    read = exporting.in_batches(Member.objects.all())
    next(read)
    assert connection.connection is None


@pytest.mark.parametrize("by", ["pk", "-pk", "email"])
@pytest.mark.parametrize("most", [None, 0, 2, 3, 4, 9])
def test_batches_leave_nothing_out(acme: Acme, monkeypatch: pytest.MonkeyPatch, by: str, most: int | None) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    for number in range(3):
        Member.objects.create_user(acme.organization, f"m{number}@acme.example", role="viewer")
    found = acme.organization.members.all()
    assert list(exporting.in_batches(found, by, most)) == list(found.order_by(by)[:most])
