"""Signing in by an OpenID Connect provider of the operator's: who is let in, and the calls to it.

django-allauth speaks the protocol (authorization code, PKCE, state). Ours is what it asks of the answer beyond that:
the ID token's signature is checked although it came over TLS, and the userinfo must be about the same subject.
"""

import asyncio
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from requests.adapters import BaseAdapter

from rubrica import database
from rubrica.accounts.audit import note
from rubrica.accounts.invitations import InvitationRefused
from rubrica.accounts.models import AuditEntry, Invitation, Member, Organization
from rubrica.team import membership
from rubrica.team.oidc_settings import provider_id
from rubrica.webhooks import http

SECONDS = 10.0
LIMIT = 1024 * 1024  # bytes of an answer


def begin(request: HttpRequest) -> HttpResponse:
    return _view(request, OAuth2LoginView)


def come_back(request: HttpRequest) -> HttpResponse:
    return _view(request, OAuth2CallbackView)


def _view(request: HttpRequest, view: Any) -> HttpResponse:
    if not settings.OIDC_ISSUER:
        raise Http404
    try:
        answer: HttpResponse = view.adapter_view(Provider(request, provider_id(settings.OIDC_ISSUER)))(request)
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return _refused(request, _("The sign-in service does not answer as it should. Try again later."))
    return answer


class Provider(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return f"{settings.PUBLIC_URL}{reverse('oidc_callback')}"

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        found = self._decode_id_token(app, kwargs["response"].get("id_token") or "")
        told = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else found
        if told.get("sub") != found["sub"]:
            raise OAuth2Error("The userinfo is about another subject than the ID token.")
        return self.get_provider().sociallogin_from_response(request, {"userinfo": {**found, **told}})

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        decoded: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
            verify_signature=True,
        )
        return decoded


class Newcomers(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who may come in: a member, somebody who was invited, or somebody of a domain that an organization lets in."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        found = super().get_provider(request, provider, client_id)
        found.oauth2_adapter_class = Provider
        return found

    def get_requests_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, Guarded())
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing:
            return
        email = next((one.email.lower() for one in sociallogin.email_addresses if one.verified is True), "")
        if not email:
            self._refuse(request, _("The sign-in service did not vouch for your e-mail address."))
        name = str(sociallogin.account.extra_data.get("userinfo", {}).get("name") or "")[:200].replace("\0", "")
        try:
            member = Member.objects.filter(email=email).first() or _newcomer(request, email, name)
        except InvitationRefused as refused:
            self._refuse(request, _(refused.sentence))
        if member is None:
            self._refuse(request, _("Nobody has invited this address. Ask an owner of your organization."))
        sociallogin.connect(request, member)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> None:
        self._refuse(request, _("The sign-in service did not let you in. Try again."))

    def _refuse(self, request: HttpRequest, sentence: str) -> NoReturn:
        raise ImmediateHttpResponse(_refused(request, sentence))


@transaction.atomic
def _newcomer(request: HttpRequest, email: str, name: str) -> Member | None:
    """Raises InvitationRefused."""
    organization = Organization.objects.exclude(oidc_domain="").filter(oidc_domain=email.partition("@")[2]).first()
    invitation = _invitation(email, organization)
    joined = invitation.organization if invitation else organization
    if joined is not None:
        membership.check_room(joined)
    if invitation is not None:
        member = invitation.join(name, None)
        assert isinstance(member, Member)
    elif organization is None:
        return None
    else:
        fields = {"role": organization.oidc_role, "name": name, "language": organization.language}
        member = Member.objects.create_user(organization, email, None, **fields)
    note(request, AuditEntry.Kind.JOINED, member, member.role, way="oidc")
    return member


def _invitation(email: str, organization: Organization | None) -> Invitation | None:
    """Where ``organization`` owns the domain, nobody else's counts. Of several none is taken: anybody may invite."""
    open_ = Invitation.open_for(email)
    found = list(open_.filter(organization=organization) if organization else open_[:2])
    if len(found) > 1:
        raise InvitationRefused("Several organizations have invited you. Use the link in the mail of the right one.")
    return found[0] if found else None


def _refused(request: HttpRequest, sentence: str) -> HttpResponseRedirect:
    messages.error(request, sentence)
    return HttpResponseRedirect(reverse("account_login"))


class Guarded(BaseAdapter):
    """The calls of django-allauth by the one way out: no redirects, one deadline, and no more than LIMIT is read.

    The operator has set the address, so it may be on the inside.
    """

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        body: Any = request.body or b""
        content = body.encode() if isinstance(body, str) else body
        told = {name: str(value) for name, value in request.headers.items()}
        kept = {name: value for name, value in told.items() if name.lower() not in {"connection", "host"}}
        limits: dict[str, Any] = {"limit": LIMIT, "seconds": SECONDS, "inside": True}
        database.let_go()
        call = http.send(request.method or "GET", request.url or "", headers=kept, content=content, **limits)
        return _response(request, asyncio.run(call))

    def close(self) -> None:
        pass


def _response(request: requests.PreparedRequest, answer: http.Answer) -> requests.Response:
    if answer.status is None or not answer.is_whole:
        host = urlsplit(request.url or "").hostname
        raise requests.ConnectionError(f"{host}: {answer.failure or 'TOO_LONG'} {answer.detail}")
    response = requests.Response()
    response.status_code, response.url, response.request = answer.status, request.url or "", request
    response._content = answer.body
    response.headers["content-type"] = answer.media_type
    return response
