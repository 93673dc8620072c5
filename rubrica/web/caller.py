"""Who calls, as the connection says. A forwarding header is believed only from the proxies that a setting names."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's IP address; empty where it is none."""
    found = named(request.META)
    return found if _is_address(found) else ""


def named(environ: Mapping[str, Any]) -> str:
    """The last one in X-Forwarded-For that is not a trusted proxy, else the peer's; whatever was written there."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    if peer not in settings.TRUSTED_PROXIES:
        return peer
    hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while peer in settings.TRUSTED_PROXIES and hops:
        peer = hops.pop()
    return peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:300]
