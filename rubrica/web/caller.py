"""Who calls, as the connection says. Forwarding headers are not believed: anybody can send them."""

from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:300]
