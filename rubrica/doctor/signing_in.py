"""The OpenID Connect provider: that it answers, is who it is said to be, and can do what signing in needs."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from rubrica.doctor.base import is_far
from rubrica.doctor.findings import Finding, failure, ok, warning

CONFIGURATION = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SECONDS, LIMIT = 10.0, 1024 * 1024


def oidc() -> Finding:
    from django.conf import settings

    if not settings.OIDC_ISSUER:
        return ok("No OpenID Connect provider is set: members sign in with passwords and passkeys.")
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    if not app["client_id"] or not app["secret"]:
        return failure(
            "RUBRICA_OIDC_ISSUER is set, but the client's id or secret is missing.",
            "Set RUBRICA_OIDC_CLIENT_ID and RUBRICA_OIDC_CLIENT_SECRET as the provider has given them.",
        )
    return look_at(settings.OIDC_ISSUER)


def look_at(issuer: str) -> Finding:
    found = _asked(issuer + CONFIGURATION)
    if isinstance(found, str):
        do = "Correct RUBRICA_OIDC_ISSUER, or open the way to it in the firewall."
        return failure(f"{issuer} does not answer as an OpenID Connect provider: {found}.", do)
    if str(found.get("issuer", "")).rstrip("/") != issuer:
        do = "Set RUBRICA_OIDC_ISSUER to just the name that the provider gives itself."
        return failure(f"The provider at {issuer} calls itself {str(found.get('issuer'))[:200]!r}.", do)
    if missing := [name for name in NEEDED if not found.get(name)]:
        return failure(f"{issuer} tells of no {', '.join(missing)}.", "Ask whoever runs the provider.")
    keys = _asked(str(found["jwks_uri"]))
    if isinstance(keys, str) or not keys.get("keys"):
        return failure(f"The keys of {issuer} cannot be had, so no token of it can be checked.", "Ask who runs it.")
    host = urlsplit(issuer).hostname or ""
    if not issuer.startswith("https://") and is_far(host):
        return warning(f"{issuer} is asked without encryption.", "Set its https:// address.")
    return ok(f"{host} answers, and its keys are there.")


def _asked(url: str) -> dict[str, Any] | str:
    """The JSON at an address, or what is wrong."""
    from rubrica.webhooks import http

    headers = {"Accept": "application/json"}
    answer = asyncio.run(http.send("GET", url, headers=headers, limit=LIMIT, seconds=SECONDS, inside=True))
    if not answer.is_success:
        return answer.failure or f"HTTP {answer.status}"
    try:
        found = json.loads(answer.body)
    except ValueError:
        return "the answer is no JSON"
    return found if isinstance(found, dict) else "the answer is no JSON object"
