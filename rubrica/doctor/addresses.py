"""The address that people use, and the proxies before it."""

import ipaddress
from urllib.parse import urlsplit

from rubrica.doctor.base import is_far
from rubrica.doctor.findings import Finding, failure, ok, warning


def public_address() -> Finding:
    """Nobody is asked whether it can be reached: from here that would say little."""
    from django.conf import settings

    url = settings.PUBLIC_URL
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in {"http", "https"} or not host:
        return failure(
            f"RUBRICA_PUBLIC_URL is {url!r}, and links are built from it.", "Set it to https:// and the host."
        )
    if parts.path or parts.query or parts.fragment:
        do = "Give Rubrica a host name of its own."
        return failure(f"RUBRICA_PUBLIC_URL is {url}, but nothing is served below a path.", do)
    if parts.scheme == "https":
        return ok(f"Links begin with {url}.")
    if is_far(host):
        return warning(
            f"Links begin with {url}: passwords, documents and links travel unencrypted.",
            "Put a TLS proxy in front, as docs/install.md says, and set RUBRICA_PUBLIC_URL to its https:// address.",
        )
    return ok(f"Links begin with {url}, which works on this machine alone.")


def proxies() -> Finding:
    from django.conf import settings

    trusted = sorted(settings.TRUSTED_PROXIES)
    if wrong := [proxy for proxy in trusted if not _is_plain_address(proxy)]:
        return failure(
            f"RUBRICA_TRUSTED_PROXIES has {', '.join(wrong)}, which no proxy calls from.",
            "Name single IP addresses in their short form, no networks and no host names.",
        )
    if everywhere := [proxy for proxy in trusted if ipaddress.ip_address(proxy).is_global]:
        return warning(
            f"RUBRICA_TRUSTED_PROXIES has {', '.join(everywhere)}: whoever calls from there names any address.",
            "See that it is a proxy of yours.",
        )
    if trusted:
        return ok(f"X-Forwarded-For is believed from {', '.join(trusted)}.")
    if settings.HTTPS:
        return warning(
            "The public address is https, so a proxy stands in front, but none is trusted: the evidence names the "
            "proxy's address instead of the participant's.",
            "Set RUBRICA_TRUSTED_PROXIES to the address from which the proxy calls.",
        )
    return ok("No proxy is trusted; the evidence names who calls.")


def _is_plain_address(text: str) -> bool:
    """As connections name it, since it is compared letter by letter."""
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False
