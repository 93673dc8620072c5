"""The forms that take a passkey from a browser. What is no such thing at all is refused before a library reads it."""

from typing import Any

from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 20_000  # characters; an attestation with its certificates has some thousand
PARTS = {
    "create": ("clientDataJSON", "attestationObject"),
    "get": ("clientDataJSON", "authenticatorData", "signature"),
}


class Credential(forms.JSONField):
    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(widget=forms.HiddenInput, max_length=LONGEST)

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value) if value is None or len(value) <= LONGEST else None
        if not self._is_one(found):
            raise forms.ValidationError(_("The passkey was not read. Try again."))
        return found

    def _is_one(self, found: Any) -> bool:
        if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
            return False
        response = found["response"]
        named = [found.get(name) for name in ("id", "rawId", "type")]
        named += [response.get(name) for name in PARTS[self.kind]]
        optional = [response.get("userHandle") or "", found.get("authenticatorAttachment") or ""]
        return all(isinstance(one, str) for one in named + optional)


class AddPasskey(webauthn.AddWebAuthnForm):  # type: ignore[misc]
    credential = Credential("create")


class SignIn(webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    credential = Credential("get")


class SecondStep(webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = Credential("get")


class OnceMore(webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = Credential("get")
