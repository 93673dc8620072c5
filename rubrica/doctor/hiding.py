"""No secret is ever printed: whatever words a server or a library finds, ours are taken out of them."""

import os
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from rubrica.doctor.findings import Finding

LOGIN = re.compile(r"://[^@/\s]*@")
# Passwords that are ours in name only: they stand in commands and names of databases, where they tell nothing.
NO_SECRETS = {"rubrica", "postgres", "postgresql"}
SHORTEST = 4  # letters; anything less would only make holes in the sentences


def hidden(finding: Finding) -> Finding:
    return Finding(finding.status, _hide(finding.sentence), _hide(finding.do))


def _hide(text: str) -> str:
    text = LOGIN.sub("://…@", text)
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _secrets() -> set[str]:
    """From the settings, and from the environment as well: a setting that cannot be read has a secret too."""
    found = {part for name, value in os.environ.items() if name.startswith("RUBRICA_") for part in _parts(name, value)}
    return {secret for secret in found | _loaded() if len(secret) >= SHORTEST and secret not in NO_SECRETS}


def _parts(name: str, value: str) -> set[str]:
    if name.endswith(("_SECRET", "_TOKEN", "_SECRET_KEY")):
        return {value}
    if not name.endswith("_URL"):
        return set()
    try:
        password = urlsplit(value).password or ""
    except ValueError:
        return {value}
    return {password, unquote(password)}


def _loaded() -> set[str]:
    """Those that came from a file. After a value that cannot be used there may be only some settings, or none."""
    from django.conf import settings

    if not settings.configured:
        return set()
    names = ("SECRET_KEY", "EMAIL_HOST_PASSWORD", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "S3_SECRET_KEY")
    database = (_setting("DATABASES") or {}).get("default", {})
    providers = {str(getattr(_setting(name), "token", "")) for name in ("SMS", "WHATSAPP")}
    others = {str(database.get("PASSWORD", "")), str(getattr(_setting("TSA"), "password", ""))}
    return {str(_setting(name) or "") for name in names} | providers | others


def _setting(name: str) -> Any:
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        return getattr(settings, name, None)
    except ImproperlyConfigured:  # as Django says of an empty SECRET_KEY
        return None
