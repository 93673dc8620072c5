"""``set_up``: once it makes everything, again it changes nothing (contract/own.md §1)."""

import pytest

from rubrica.accounts.models import ApiKey, BearerToken, Member, Organization, digest
from rubrica.accounts.setup import Credentials, SetupRefused, set_up
from tests.cast import Acme


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Organization, Member, ApiKey, BearerToken))


def test_it_works(db: None) -> None:
    made = set_up(" Demo ", "Olga@Demo.Example", "a long password")
    assert (made.organization, made.environment, made.email) == ("Demo", "demo", "olga@demo.example")
    assert made.public_key and made.private_key and made.bearer_token
    organization = Organization.objects.get()
    assert ApiKey.organization_of(made.public_key, ApiKey.Kind.PUBLIC) == organization
    assert ApiKey.organization_of(made.private_key, ApiKey.Kind.PRIVATE) == organization
    owner = organization.members.get()
    assert owner.is_owner and owner.check_password("a long password")
    assert BearerToken.objects.get(digest=digest(made.bearer_token)).member == owner
    assert counts() == (1, 1, 2, 1)


def test_again_changes_nothing(db: None) -> None:
    set_up("Demo", "olga@demo.example", "a long password")
    before = list(Member.objects.values()), list(ApiKey.objects.values())
    again = set_up("Demo", "somebody@else.example", "another password")
    assert again == Credentials("Demo", "demo", "olga@demo.example", None, None, None)
    assert (list(Member.objects.values()), list(ApiKey.objects.values())) == before


def test_without_a_password_nobody_signs_in_with_one(db: None) -> None:
    set_up("Demo", "olga@demo.example", None)
    assert not Member.objects.get().has_usable_password()


@pytest.mark.parametrize(
    ("name", "email", "password", "why"),
    [
        ("", "olga@demo.example", None, "needs a name"),
        ("   ", "olga@demo.example", None, "needs a name"),
        ("x" * 201, "olga@demo.example", None, "needs a name"),
        ("Demo", "olga", None, "not an e-mail address"),
        ("Demo", "", None, "not an e-mail address"),
        ("Demo", "olga@demo.example", "short", "at least 10"),
        ("Demo", "olga@demo.example", "", "at least 10"),
    ],
)
def test_refusals(db: None, name: str, email: str, password: str | None, why: str) -> None:
    with pytest.raises(SetupRefused, match=why):
        set_up(name, email, password)
    assert counts() == (0, 0, 0, 0)


def test_a_member_belongs_to_one_organization(acme: Acme) -> None:
    with pytest.raises(SetupRefused, match="already belongs"):
        set_up("Demo", acme.owner.email.upper(), None)


@pytest.mark.parametrize(
    ("name", "slug"), [("Ñandú & Cía.", "nandu-cia"), ("李明", "organization"), ("!!!", "organization")]
)
def test_slugs(db: None, name: str, slug: str) -> None:
    assert set_up(name, "olga@demo.example", None).environment == slug


def test_equal_slugs_are_told_apart(db: None) -> None:
    first, second = set_up("Demo!", "a@demo.example", None), set_up("Demo?", "b@demo.example", None)
    assert first.environment == "demo" and second.environment.startswith("demo-")
