"""The door of the Auco dialect: which key opens what, and who acts."""

from django.http import HttpRequest
from ninja.security.base import AuthBase

from rubrica import context, tenancy
from rubrica.accounts.models import ApiKey, Organization
from rubrica.processes.actor import PROGRAM, Actor
from rubrica.web.caller import address, agent


class Key(AuthBase):
    """``Authorization: prk_…`` or ``puk_…``, bare. A key of the other kind is refused like none at all."""

    openapi_type = "apiKey"
    openapi_name = "Authorization"
    openapi_in = "header"

    def __init__(self, kind: ApiKey.Kind) -> None:
        super().__init__()
        self.kind = kind

    def __call__(self, request: HttpRequest) -> Organization | None:
        organization = ApiKey.organization_of(request.headers.get("Authorization", ""), self.kind)
        if organization is not None:
            context.note(organization=organization.slug)
            tenancy.enter(organization.pk)
        return organization


PRIVATE, PUBLIC = Key(ApiKey.Kind.PRIVATE), Key(ApiKey.Kind.PUBLIC)


def organization_of(request: HttpRequest) -> Organization:
    organization: Organization = request.auth  # type: ignore[attr-defined]
    return organization


def actor_of(request: HttpRequest) -> Actor:
    return Actor(PROGRAM, request.headers.get("Authorization", "")[:8], "", address(request), agent(request))
