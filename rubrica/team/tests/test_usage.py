"""When a key or token was last used: to ten minutes, and at no cost for who polls."""

import pytest

from rubrica.accounts import usage
from rubrica.accounts.models import ApiKey, BearerToken
from rubrica.api.auco import reads
from tests.cast import Acme


@pytest.fixture(autouse=True)
def _begins_anew() -> None:
    usage._seen.clear()


def test_it_works(acme: Acme) -> None:
    row, secret = ApiKey.issue(acme.organization, ApiKey.Kind.PRIVATE)
    assert row.last_used_at is None
    ApiKey.organization_of(secret, ApiKey.Kind.PRIVATE)
    row.refresh_from_db()
    assert row.last_used_at is not None
    token, secret = BearerToken.issue(acme.owner)
    BearerToken.live(secret)
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_reads_that_are_polled_say_so_too(acme: Acme) -> None:
    reads.attachments(acme.public_key, {"package": "0" * 24})
    assert ApiKey.objects.get(organization=acme.organization, kind="puk").last_used_at is not None


def test_a_second_call_writes_nothing(acme: Acme, django_assert_num_queries: object) -> None:
    _row, secret = ApiKey.issue(acme.organization, ApiKey.Kind.PRIVATE)
    said: list[str] = []
    usage.key_used(b"1" * 32, lambda statement, values: said.append(statement))
    usage.key_used(b"1" * 32, lambda statement, values: said.append(statement))
    assert said == [usage.NOTE_KEY]
    assert ApiKey.organization_of(secret, ApiKey.Kind.PRIVATE) == acme.organization


def test_a_key_of_the_other_kind_was_not_used(acme: Acme) -> None:
    assert ApiKey.organization_of(acme.public_key, ApiKey.Kind.PRIVATE) is None
    assert reads.attachments(acme.private_key, {"package": "0" * 24}).status == 401
    assert not ApiKey.objects.exclude(last_used_at=None).exists()
