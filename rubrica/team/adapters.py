"""How members sign in: django-allauth, told what this product wants of it.

Sign-up is closed because owners invite people. Links begin with RUBRICA_PUBLIC_URL, since the Host header is whatever
a caller writes. Mails go out by jobs, so that nobody learns from the time of an answer who has an account.
"""

import uuid
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member
from rubrica.team import factors, jobs
from rubrica.web import caller
from rubrica.webhooks import cipher

NOWHERE = "0.0.0.0"  # noqa: S104  a caller without an address, as behind a socket
RESET = "account/email/password_reset_key"
# What allauth says by templates of its own, in our words. What it says beside these is left unsaid.
SAID = {
    "account/messages/password_changed.txt": _("The password is changed."),
    "account/messages/password_set.txt": _("The password is set."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is on: from now on you are asked for a code."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": _("The passkey is there. You can sign in with it from now on."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
}


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_password": _("The password is not right."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, and try again."),
        "rate_limited": _("Too many tries. Wait a minute, and try again."),
        "enter_current_password": _("Write the password that you have now."),
        "invalid_password_reset": _("This link was used, or its time is over. Ask for another one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return caller.address(request) or NOWHERE

    def is_safe_url(self, url: str) -> bool:
        """Of this site alone, whatever the Host header says."""
        from django.utils.http import url_has_allowed_host_and_scheme

        return url_has_allowed_host_and_scheme(url, allowed_hosts={urlsplit(settings.PUBLIC_URL).netloc})

    def respond_user_inactive(self, request: HttpRequest, user: Member) -> HttpResponse:
        note(request, AuditEntry.Kind.SIGN_IN_REFUSED, user)
        messages.error(request, gettext("This account is closed. Ask an owner of the organization."))
        return HttpResponseRedirect(reverse("account_login"))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Of allauth's own mails we send one; the link in it is made when it goes out."""
        if template_prefix == RESET:
            note(self.request, AuditEntry.Kind.PASSWORD_RESET_ASKED, context["user"])
            jobs.mail_password_reset.defer(member_id=context["user"].pk, asked=uuid.uuid4().hex)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("console:account")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str = "", *more: Any, **named: Any
    ) -> None:
        said = named.get("message") or SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, said)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "Your organization asks for a second factor. Add another one before you remove this one."
        ),
        "cannot_generate_recovery_codes": _("Recovery codes go with a second factor: set one up first."),
        "incorrect_code": _("The code is not right, or it was used already. Try the next one."),
    }

    def get_totp_issuer(self) -> str:
        return "Rubrica"

    def encrypt(self, text: str) -> str:
        return cipher.lock(text, factors.CONTEXT).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher.unlock(bytes.fromhex(encrypted_text), factors.CONTEXT)

    def build_totp_svg(self, url: str) -> str:
        return factors.qr(url)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return factors.may_lose(authenticator)

    def generate_authenticator_name(self, user: Member, type: Authenticator.Type) -> str:
        return gettext("Passkey %(number)d") % {"number": factors.passkeys(user).count() + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "", "name": "Rubrica"}
