"""Second factors and passkeys of members: what there is, and what may go."""

import ipaddress
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from rubrica.accounts.models import Member, Organization

CONTEXT = "rubrica.team.factors"  # bound into what is encrypted
REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes stand in for one of these


def are_there(member: Member) -> bool:
    return bool(of(member).filter(type__in=REAL).exists())


def without(organization: Organization) -> "QuerySet[Member]":
    """Who can sign in there with a password alone."""
    having = Authenticator.objects.filter(type__in=REAL, user=OuterRef("pk"))
    return organization.members.filter(~Exists(having), is_active=True)


def passkeys(member: Member) -> Any:
    return of(member).filter(type=Authenticator.Type.WEBAUTHN).order_by("pk")


def of(member: Member) -> Any:
    """A query of allauth's rows, which has no types."""
    return Authenticator.objects.filter(user_id=member.pk)


def may_lose(authenticator: Authenticator) -> bool:
    """The last one stays where the organization asks for one."""
    member = Member.objects.select_related("organization").get(pk=authenticator.user_id)
    if not member.organization.requires_second_factor or authenticator.type not in REAL:
        return True
    return bool(of(member).filter(type__in=REAL).exclude(pk=authenticator.pk).exists())


def is_missing(member: Member) -> bool:
    """Whether the organization asks for one and there is none."""
    return member.organization.requires_second_factor and not are_there(member)


def clear(member: Member) -> int:
    """For who has lost everything: an owner takes all of them away; says how many there were."""
    return int(of(member).delete()[0])


def passkeys_work() -> bool:
    """Browsers make passkeys for a host name with TLS, and for localhost, but for no bare address."""
    parts = urlsplit(settings.PUBLIC_URL)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return False


def qr(text: str) -> str:
    """As SVG."""
    written = BytesIO()
    segno.make(text, error="m", micro=False).save(
        written, kind="svg", scale=5, border=4, light="#ffffff", xmldecl=False
    )
    return written.getvalue().decode()
