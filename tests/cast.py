"""The people of the tests. Olga owns Acme, Tomás works with her, Sara is a stranger who owns Other."""

from dataclasses import dataclass

from django.test import Client

from rubrica.accounts.models import ApiKey, Member, Organization

PASSWORD = "correct horse battery"


@dataclass
class Acme:
    """An organization with its owner, a reviewer, and both its keys."""

    organization: Organization
    owner: Member
    reviewer: Member
    public_key: str
    private_key: str


def make_acme(name: str = "Acme", domain: str = "acme.example") -> Acme:
    organization = Organization.objects.create(name=name, slug=name.lower(), language="en")
    create = Member.objects.create_user
    owner = create(organization, f"olga@{domain}", PASSWORD, role="owner", name="Olga Owner", language="en")
    reviewer = create(organization, f"tomas@{domain}", PASSWORD, role="reviewer", name="Tomás Reviewer", language="en")
    public = ApiKey.issue(organization, ApiKey.Kind.PUBLIC)[1]
    private = ApiKey.issue(organization, ApiKey.Kind.PRIVATE)[1]
    return Acme(organization, owner, reviewer, public, private)


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
