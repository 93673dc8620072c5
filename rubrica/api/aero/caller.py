"""Who calls, and in which environment (contract/aero.md §§1.3, 1.7). An environment is an organization's slug."""

from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest

from rubrica import tenancy
from rubrica.accounts.models import BearerToken, Member, Organization
from rubrica.records.errors import Forbidden, Refusal, Wrong
from rubrica.records.ids import user_id
from rubrica.records.models import Definition
from rubrica.web.text import findable

NOT_YOURS = "This token may not be used in that environment."


class Unauthorized(Refusal):
    code, status = "unauthorized", 401

    def __init__(self) -> None:
        super().__init__("Send a valid token in the header Authorization.")


@dataclass(frozen=True)
class Caller:
    """A member of an organization, for whom a program acts; by its token it may act in others too."""

    member: Member
    token: BearerToken

    @cached_property
    def organization(self) -> Organization:
        is_own = self.member.organization_id == self.token.organization_id
        return self.token.organization if is_own else self.member.organization  # the token's came with the token

    @cached_property
    def known(self) -> dict[str, Definition]:
        """Definitions that this call has named: a copy of a hundred files names the same two again and again."""
        return {}

    def in_environment(self, slug: str | None) -> "Caller":
        """The same token in another environment. Raises Forbidden, whether or not there is such an environment."""
        if slug is None or slug == self.organization.slug:
            return self
        there = _in(self.token, slug)
        tenancy.enter_every("A file goes from one environment of a token into another.")
        return there


def of(request: HttpRequest) -> Caller:
    """Who sends the bearer token of v2. Raises Unauthorized, Forbidden or Wrong."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = BearerToken.live(secret.strip()) if kind.lower() == "bearer" else None
    if token is None:
        raise Unauthorized
    return _resolved(token, request.headers.get("environment-id") or request.GET.get("environmentId"))


def of_v1(request: HttpRequest) -> Caller:
    """Who sends the two headers of v1, with the environment in the query. Raises as ``of`` does."""
    token = BearerToken.live(request.headers.get("X-Auth-Token", ""))
    if token is None:
        raise Unauthorized
    slug = request.GET.get("environmentId")
    if not slug:
        raise Wrong("environmentId", "is required", "Query")
    caller = _in(token, slug)
    if request.headers.get("X-User-Id") not in {user_id(token.member_id), user_id(caller.member.pk)}:
        raise Unauthorized
    return caller


def _resolved(token: BearerToken, slug: str | None) -> Caller:
    if slug:
        return _in(token, slug)
    if token.opens_more and len(token.members()) > 1:
        raise Wrong("environment-id", "is required", "Header")
    return Caller(token.member, token)


def _in(token: BearerToken, slug: str) -> Caller:
    if slug == token.organization.slug:
        return Caller(token.member, token)
    member = token.members().get(findable(slug))
    if member is None:
        raise Forbidden(NOT_YOURS)
    return Caller(member, token)
