"""Signing in and one's own security, below /accounts; the names are those that django-allauth knows its pages by."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from rubrica.team import oidc
from rubrica.team.signing_in import AddPasskey, Authenticate, Login, ReauthenticateByPasskey, spoken


class Base36(StringConverter):
    """A member's number; without a hyphen, which stands between it and the key."""

    regex = "[0-9A-Za-z]+"


register_converter(Base36, "base36")
RESET = "password/reset"
FACTORS = "factors"
to_account = RedirectView.as_view(pattern_name="console:account")

urlpatterns = [
    path("login/", spoken(Login.as_view()), name="account_login"),
    path("logout/", spoken(account.logout), name="account_logout"),
    path("again/", spoken(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", spoken(account.password_change), name="account_change_password"),
    path("password/set/", spoken(account.password_set), name="account_set_password"),
    path(f"{RESET}/", spoken(account.password_reset), name="account_reset_password"),
    path(f"{RESET}/done/", spoken(account.password_reset_done), name="account_reset_password_done"),
    path(
        f"{RESET}/key/<base36:uidb36>-<str:key>/",
        spoken(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        f"{RESET}/key/done/", spoken(account.password_reset_from_key_done), name="account_reset_password_from_key_done"
    ),
    path("second/", spoken(Authenticate.as_view()), name="mfa_authenticate"),
    path("second/again/", spoken(mfa.reauthenticate), name="mfa_reauthenticate"),
    path(f"{FACTORS}/", to_account, name="mfa_index"),
    path(f"{FACTORS}/app/", spoken(totp.activate_totp), name="mfa_activate_totp"),
    path(f"{FACTORS}/app/remove/", spoken(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path(f"{FACTORS}/codes/", spoken(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(f"{FACTORS}/codes/new/", spoken(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("passkey/", spoken(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path("passkey/again/", spoken(ReauthenticateByPasskey.as_view()), name="mfa_reauthenticate_webauthn"),
    path("passkeys/", to_account, name="mfa_list_webauthn"),
    path("passkeys/add/", spoken(AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/name/", spoken(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", spoken(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("oidc/login", spoken(oidc.begin), name="oidc_login"),
    path("oidc/callback", spoken(oidc.come_back), name="oidc_callback"),
]
