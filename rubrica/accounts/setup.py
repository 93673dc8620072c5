"""What ``rubrica setup`` and the first start make: an organization, its owner, its keys and its token."""

import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from rubrica.accounts.models import ApiKey, BearerToken, Member, Organization


@dataclass(frozen=True)
class Credentials:
    """The secrets are None when the organization was there before: they are shown once."""

    organization: str
    environment: str
    email: str
    public_key: str | None = None
    private_key: str | None = None
    bearer_token: str | None = None


class SetupRefused(Exception):
    """The given name, address or password cannot be used; the message says why."""


@transaction.atomic
def set_up(name: str, email: str, password: str | None, language: str = "es") -> Credentials:
    """Makes the organization with everything it needs; again for the same one it changes nothing."""
    name, email = name.strip(), email.strip().lower()
    known = Organization.objects.filter(name=name).first()
    if known:
        owner = known.members.filter(role=Member.Role.OWNER).order_by("id").first()
        return Credentials(known.name, known.slug, owner.email if owner else email)
    _check(name, email, password)
    organization = Organization.objects.create(name=name, slug=_free_slug(name), language=language)
    owner = Member.objects.create_user(
        organization, email, password, role=Member.Role.OWNER, name=email.split("@")[0], language=language
    )
    return Credentials(
        organization=organization.name,
        environment=organization.slug,
        email=owner.email,
        public_key=ApiKey.issue(organization, ApiKey.Kind.PUBLIC)[1],
        private_key=ApiKey.issue(organization, ApiKey.Kind.PRIVATE)[1],
        bearer_token=BearerToken.issue(owner)[1],
    )


def _check(name: str, email: str, password: str | None) -> None:
    if not name or len(name) > 200:
        raise SetupRefused("The organization needs a name of 1 to 200 characters.")
    try:
        validate_email(email)
    except ValidationError:
        raise SetupRefused(f"{email!r} is not an e-mail address.") from None
    if Member.objects.filter(email__iexact=email).exists():
        raise SetupRefused(f"{email} already belongs to another organization.")
    if password is not None and len(password) < 10:
        raise SetupRefused("The password needs at least 10 characters.")


def _free_slug(name: str) -> str:
    slug = slugify(name)[:50] or "organization"
    if Organization.objects.filter(slug=slug).exists():
        return f"{slug}-{secrets.token_hex(3)}"
    return slug
