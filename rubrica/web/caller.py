"""Who calls, as the connection says. A forwarding header is believed only from the proxies that a setting names."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's IP address: the last one in X-Forwarded-For that is not a trusted proxy, else the peer's."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    while peer in settings.TRUSTED_PROXIES and hops:
        peer = hops.pop()
    return peer if _is_address(peer) else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:300]
