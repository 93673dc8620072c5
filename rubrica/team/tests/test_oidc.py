"""Signing in by OpenID Connect, against a provider that speaks the protocol over a port of this machine."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from rubrica.accounts.models import AuditEntry, Member, Organization
from rubrica.team import membership, oidc_settings
from tests import oidc
from tests.cast import Acme


@pytest.fixture(scope="module")
def server() -> Iterator[oidc.Provider]:
    with oidc.running() as provider:
        yield provider


@pytest.fixture
def provider(server: oidc.Provider, settings: Any) -> oidc.Provider:
    settings.OIDC_ISSUER = server.url
    settings.SOCIALACCOUNT_PROVIDERS = oidc_settings.providers(server.url, oidc.CLIENT, oidc.SECRET, "Company")
    server.told, server.claims, server.signing_key = {}, {}, server.key
    return server


def come_in(settings_url: str = "http://127.0.0.1:8000", client: Client | None = None, **more: str) -> Any:
    """The way of a browser: to the provider, and back with what it gave."""
    client = client or Client()
    begun = client.get(reverse("oidc_login"), more)
    assert begun.status_code == 302, begun.content
    back = httpx.get(begun.headers["Location"]).headers["Location"]
    assert back.startswith(f"{settings_url}{reverse('oidc_callback')}?")
    return client, client.get(back.removeprefix(settings_url))


def said(client: Client) -> str:
    return client.get(reverse("account_login")).content.decode()


def test_it_works(acme: Acme, provider: oidc.Provider) -> None:
    provider.is_("17", "Olga@acme.example")
    client, answer = come_in(next="/console/settings/company")
    assert answer.headers["Location"] == "/console/settings/company"
    assert client.get(reverse("console:account")).status_code == 200
    entry = AuditEntry.objects.get(kind="signed_in")
    assert entry.email == acme.owner.email and entry.details["ways"] == ["socialaccount"]


def test_the_subject_is_known_again_when_the_address_changes(acme: Acme, provider: oidc.Provider) -> None:
    provider.is_("17", acme.owner.email)
    come_in()
    provider.is_("17", "olga@elsewhere.example")
    client, _ = come_in()
    assert client.get(reverse("console:account")).wsgi_request.user == acme.owner


@pytest.mark.parametrize(
    "change",
    [{"aud": "somebody else"}, {"iss": "https://elsewhere.example"}, {"exp": 1}, {"sub": "18"}],
)
def test_a_token_that_is_not_for_us_lets_nobody_in(acme: Acme, provider: oidc.Provider, change: dict[str, Any]) -> None:
    provider.is_("17", acme.owner.email)
    provider.claims = change
    client, answer = come_in()
    assert answer.headers["Location"] == reverse("account_login")
    assert "no te dejó entrar" in said(client)
    assert not SocialAccount.objects.exists()


def test_a_token_that_somebody_else_signed_lets_nobody_in(acme: Acme, provider: oidc.Provider) -> None:
    provider.is_("17", acme.owner.email)
    provider.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert come_in()[1].headers["Location"] == reverse("account_login")
    assert not SocialAccount.objects.exists()


def test_an_answer_that_was_not_asked_for_lets_nobody_in(acme: Acme, provider: oidc.Provider) -> None:
    provider.is_("17", acme.owner.email)
    client = Client()
    back = httpx.get(client.get(reverse("oidc_login")).headers["Location"]).headers["Location"]
    path = back.removeprefix("http://127.0.0.1:8000")
    assert Client().get(path).headers["Location"] == reverse("account_login")
    assert client.get(path.replace("state=", "state=x")).headers["Location"] == reverse("account_login")


def test_an_address_that_is_not_vouched_for_is_nobodys(acme: Acme, provider: oidc.Provider) -> None:
    provider.is_("17", acme.owner.email, verified=False)
    assert come_in()[1].headers["Location"] == reverse("account_login")
    assert not SocialAccount.objects.exists()


def test_nobody_comes_in_uninvited(acme: Acme, provider: oidc.Provider) -> None:
    provider.is_("17", "nora@acme.example")
    assert come_in()[1].headers["Location"] == reverse("account_login")
    assert not Member.objects.filter(email="nora@acme.example").exists()


def test_who_was_invited_joins(acme: Acme, provider: oidc.Provider) -> None:
    membership.invite(acme.owner, "nora@acme.example", "reviewer", "pt")
    provider.is_("17", "nora@acme.example", name="Nora Núñez 🌷")
    come_in()
    nora = Member.objects.get(email="nora@acme.example")
    assert (nora.role, nora.name, nora.organization) == ("reviewer", "Nora Núñez 🌷", acme.organization)
    assert not nora.has_usable_password()


def test_of_several_invitations_the_mail_says_which(acme: Acme, other: Acme, provider: oidc.Provider) -> None:
    for by in (acme.owner, other.owner):
        membership.invite(by, "nora@acme.example", "editor", "en")
    provider.is_("17", "nora@acme.example")
    client, answer = come_in()
    assert answer.headers["Location"] == reverse("account_login") and "Varias organizaciones" in said(client)
    assert not Member.objects.filter(email="nora@acme.example").exists()


@pytest.mark.parametrize("also_its_own", [True, False])
def test_where_an_organization_owns_the_domain_its_own_invitation_counts(
    acme: Acme, other: Acme, provider: oidc.Provider, also_its_own: bool
) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(oidc_domain="acme.example", oidc_role="viewer")
    if also_its_own:
        membership.invite(acme.owner, "nora@acme.example", "editor", "en")
    membership.invite(other.owner, "nora@acme.example", "owner", "en")  # the newest
    provider.is_("17", "nora@acme.example")
    come_in()
    nora = Member.objects.get(email="nora@acme.example")
    assert (nora.organization, nora.role) == (acme.organization, "editor" if also_its_own else "viewer")


def test_a_domain_that_is_let_in_brings_members_of_its_role(acme: Acme, provider: oidc.Provider) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(oidc_domain="acme.example", oidc_role="viewer")
    provider.is_("17", "nora@acme.example")
    come_in()
    assert Member.objects.get(email="nora@acme.example").role == "viewer"
    provider.is_("18", "eve@notacme.example")
    come_in()
    assert not Member.objects.filter(email="eve@notacme.example").exists()


def test_who_left_does_not_come_back(acme: Acme, provider: oidc.Provider) -> None:
    Member.objects.filter(pk=acme.reviewer.pk).update(is_active=False)
    provider.is_("17", acme.reviewer.email)
    client, answer = come_in()
    assert answer.headers["Location"] == reverse("account_login")
    assert client.get(reverse("console:account")).status_code == 302


def test_a_provider_that_is_away_is_said(acme: Acme, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:9"
    settings.SOCIALACCOUNT_PROVIDERS = oidc_settings.providers(settings.OIDC_ISSUER, "x", "y", "Company")
    client = Client()
    assert client.get(reverse("oidc_login")).headers["Location"] == reverse("account_login")


def test_without_a_provider_there_is_no_such_page(db: None) -> None:
    assert Client().get(reverse("oidc_login")).status_code == 404
    assert Client().get(reverse("oidc_callback")).status_code == 404
