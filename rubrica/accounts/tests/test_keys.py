"""Keys and tokens: their form, and that nothing but a digest of them is kept."""

import re

import pytest
from django.db import connection

from rubrica import clock
from rubrica.accounts.models import ApiKey, BearerToken, Member
from tests.cast import PASSWORD, Acme, make_acme


def test_keys_have_36_characters(acme: Acme) -> None:
    assert re.fullmatch(r"puk_[0-9a-f]{32}", acme.public_key)
    assert re.fullmatch(r"prk_[0-9a-f]{32}", acme.private_key)


def test_a_key_opens_its_organization_in_its_kind(acme: Acme, other: Acme) -> None:
    assert ApiKey.organization_of(acme.public_key, ApiKey.Kind.PUBLIC) == acme.organization
    assert ApiKey.organization_of(acme.private_key, ApiKey.Kind.PRIVATE) == acme.organization
    assert ApiKey.organization_of(other.private_key, ApiKey.Kind.PRIVATE) == other.organization
    assert ApiKey.organization_of(acme.public_key, ApiKey.Kind.PRIVATE) is None
    assert ApiKey.organization_of(acme.private_key, ApiKey.Kind.PUBLIC) is None


def test_a_revoked_key_is_none(acme: Acme) -> None:
    ApiKey.objects.filter(kind="prk").update(revoked_at=clock.now())
    assert ApiKey.organization_of(acme.private_key, ApiKey.Kind.PRIVATE) is None


@pytest.mark.parametrize("secret", ["", "prk_", "\0", "ñ" * 36, "x" * 1_000_000])
def test_what_is_no_key(acme: Acme, secret: str) -> None:
    assert ApiKey.organization_of(secret, ApiKey.Kind.PRIVATE) is None


def test_a_secret_is_in_no_column(acme: Acme) -> None:
    token = BearerToken.issue(acme.owner)[1]
    assert re.fullmatch(r"rbt_[\w-]{43}", token)
    for table in ("accounts_apikey", "accounts_bearertoken", "accounts_member"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT t::text, encode(convert_to(t::text, 'UTF8'), 'escape') FROM {table} t")
            rows = str(cursor.fetchall())
        for secret in (acme.public_key, acme.private_key, token, PASSWORD):
            assert secret not in rows and secret.encode().hex() not in rows and secret[4:] not in rows


def test_the_prefix_tells_keys_apart_without_giving_them_away(acme: Acme) -> None:
    assert set(ApiKey.objects.values_list("prefix", flat=True)) == {acme.public_key[:8], acme.private_key[:8]}


def test_addresses_of_members_are_one_in_any_case(acme: Acme) -> None:
    member = Member.objects.create_user(acme.organization, " New@Acme.Example ", PASSWORD)
    assert member.email == "new@acme.example"
    assert Member.objects.get_by_natural_key("NEW@acme.example") == member


@pytest.mark.parametrize(
    ("role", "edits", "reviews"),
    [("owner", True, True), ("editor", True, True), ("reviewer", False, True), ("viewer", False, False)],
)
def test_roles(role: str, edits: bool, reviews: bool) -> None:
    member = Member(role=role)
    assert (member.may_edit, member.may_review, member.is_owner) == (edits, reviews, role == "owner")


def test_two_organizations_share_no_key(db: None) -> None:
    assert make_acme("One", "one.example").private_key != make_acme("Two", "two.example").private_key
