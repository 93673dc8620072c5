"""The operator's OpenID Connect provider, as django-allauth wants to read of it in the settings."""

import hashlib
from typing import Any


def provider_id(issuer: str) -> str:
    """Of the issuer: the subjects of one provider mean nothing at another."""
    return f"oidc-{hashlib.sha256(issuer.encode()).hexdigest()[:16]}"


def providers(issuer: str, client: str, secret: str, name: str) -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS; empty where no issuer is set."""
    if not issuer:
        return {}
    app = {"provider_id": provider_id(issuer), "name": name, "client_id": client, "secret": secret}
    return {"openid_connect": {"APPS": [{**app, "settings": {"server_url": issuer, "oauth_pkce_enabled": True}}]}}
