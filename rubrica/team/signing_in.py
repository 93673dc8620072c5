"""Signing in, and the security of one's own account: django-allauth's views, in our language and templates."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from django.utils import translation
from django.views.decorators.cache import never_cache

from rubrica.accounts.models import Member
from rubrica.team import factors

View = Callable[..., HttpResponseBase]


def spoken(view: View) -> View:
    """In the member's language where somebody is signed in; a template is drawn while that language is spoken."""

    @never_cache
    @wraps(view)
    def speaking(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        language = request.user.language if isinstance(request.user, Member) else translation.get_language()
        with translation.override(language):
            answer = view(request, *arguments, **named)
            return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

    return speaking


class Login(account.LoginView):  # type: ignore[misc]
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        ways = {"passkeys_work": factors.passkeys_work(), "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}
        return {**super().get_context_data(**more), **ways}


class AddPasskey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    """Always one that signs in by itself: it lies in the device, and the device asks for a finger, a face or a PIN."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        found = super().get_context_data(**more)
        return {**found, "options": json.dumps(auth.begin_registration(self.request.user, True))}


class Authenticate(mfa.AuthenticateView):  # type: ignore[misc]
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        found = super().get_context_data(**more)
        has_passkey = factors.passkeys(self.stage.login.user).exists()
        return {**found, "options": _options(found) if has_passkey else ""}


class ReauthenticateByPasskey(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    def get_context_data(self, **more: Any) -> dict[str, Any]:
        found = super().get_context_data(**more)
        return {**found, "options": _options(found)}


def _options(context: dict[str, Any]) -> str:
    return json.dumps(context["js_data"]["request_options"])


def too_often(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What allauth answers whom it has counted too often."""
    answer = render(request, "team/too_often.html", status=429)
    answer.headers["Retry-After"] = "60"
    return answer
