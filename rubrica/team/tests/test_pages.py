"""Every page of accounts, team and developers: who gets in, and that it is there."""

import pytest
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import ApiKey, BearerToken, Invitation, Member
from rubrica.console.developers import urls as developers
from rubrica.console.members import urls as members
from rubrica.team import membership
from tests.cast import Acme, signed_in

ANYBODY = ["account"]
EDITORS = ["developers", "tokens", "developer_events"]
OWNERS = ["team", "audit"]
OWN_ACTIONS = ["save_account", "end_sessions", "end_session"]
ACTIONS = [
    "invite_member", "invite_again", "revoke_invitation", "change_role", "deactivate_member", "reactivate_member",
    "hand_over", "clear_factors", "make_keys", "revoke_key", "make_token", "revoke_token",
]  # fmt: skip


@pytest.fixture
def invited(acme: Acme) -> Invitation:
    return membership.invite(acme.owner, "nora@acme.example", "viewer", "en")


def address(name: str, acme: Acme, invited: Invitation) -> str:
    token = acme.organization.bearer_tokens.first() or BearerToken.issue(acme.owner)[0]
    of = {
        "invite_again": invited.pk,
        "revoke_invitation": invited.pk,
        **dict.fromkeys(
            ["change_role", "deactivate_member", "reactivate_member", "hand_over", "clear_factors"], acme.reviewer.pk
        ),
        "revoke_key": ApiKey.objects.filter(organization=acme.organization).earliest("pk").pk,
        "revoke_token": token.pk,
        "end_session": 0,
    }
    return reverse(f"console:{name}", args=[of[name]] if name in of else [])


def colleague(acme: Acme, role: str) -> Client:
    return signed_in(Member.objects.create_user(acme.organization, f"{role}@acme.example", role=role, language="en"))


def test_every_address_is_tested() -> None:
    named = {pattern.name for pattern in [*members.urlpatterns, *developers.urlpatterns]} | {"audit"}
    assert named == {*ANYBODY, *EDITORS, *OWNERS, *OWN_ACTIONS, *ACTIONS}


@pytest.mark.parametrize("name", ANYBODY + EDITORS + OWNERS)
def test_it_works(acme: Acme, invited: Invitation, name: str) -> None:
    answer = signed_in(acme.owner).get(address(name, acme, invited))
    assert answer.status_code == 200
    assert b"<h1>" in answer.content


@pytest.mark.parametrize("name", ANYBODY + EDITORS + OWNERS)
def test_who_is_not_signed_in_is_sent_to_sign_in(acme: Acme, invited: Invitation, name: str) -> None:
    page = address(name, acme, invited)
    assert Client().get(page).headers["Location"] == f"{reverse('account_login')}?next={page}"


@pytest.mark.parametrize(("role", "refused"), [("viewer", {*EDITORS, *OWNERS}), ("editor", {*OWNERS})])
def test_each_role_sees_its_part(acme: Acme, invited: Invitation, role: str, refused: set[str]) -> None:
    client = colleague(acme, role)
    pages = ANYBODY + EDITORS + OWNERS
    assert {name for name in pages if client.get(address(name, acme, invited)).status_code == 403} == refused


@pytest.mark.parametrize("name", ACTIONS)
def test_only_owners_act(acme: Acme, invited: Invitation, name: str) -> None:
    assert colleague(acme, "editor").post(address(name, acme, invited)).status_code == 403
    assert signed_in(acme.owner).get(address(name, acme, invited)).status_code == 405
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert guarded.post(address(name, acme, invited)).status_code == 403


@pytest.mark.parametrize("name", [name for name in ACTIONS if name not in {"invite_member", "make_keys", "make_token"}])
def test_a_stranger_finds_nothing(acme: Acme, other: Acme, invited: Invitation, name: str) -> None:
    assert signed_in(other.owner).post(address(name, acme, invited), {"role": "viewer"}).status_code == 404


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_reset_password_done"])
def test_whoever_wants_to_sign_in_sees_how(db: None, name: str) -> None:
    assert Client().get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["account_change_password", "account_reauthenticate", "mfa_activate_totp", "mfa_add_webauthn",
     "mfa_generate_recovery_codes"],
)  # fmt: skip
def test_steps_of_ones_own_account_ask_once_more_who_it_is(acme: Acme, name: str) -> None:
    answer = signed_in(acme.owner).get(reverse(name), follow=True)
    assert answer.status_code == 200
    assert answer.resolver_match.url_name in {"account_reauthenticate", "account_change_password"}
