"""In front of everything: how often a key, a link or an address may call (docs/operate.md, "Limits")."""

import ipaddress
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg import Connection
from psycopg_pool import ConnectionPool

from rubrica import figures
from rubrica.accounts.models import digest
from rubrica.database import Row, prepared
from rubrica.limits.rates import Rate, Verdict
from rubrica.web import caller as callers
from rubrica.web import refusals
from rubrica.web.front.wire import Application, StartResponse

UNCOUNTED = ("/static/", "/brand/", "/healthz", "/readyz", "/metrics", "/pki/")
PROGRAMS = ("/v1.5/ext/", "/api/")
LINKS = ("/s/", "/c/")
KEPT = 50_000  # keys and links that are known to open something
SECRETS = ("/s/", "/c/", "/uploads/", "/files/", "/dl/", "/join/")  # addresses that only who was given them knows
GUESSABLE = (*PROGRAMS, *SECRETS)
CROWD = 20  # times as many guesses as one caller may all have together who come by a proxy that no setting names


class Rates:
    """``fetch`` runs a statement in a transaction of its own."""

    def __init__(self, fetch: Callable[[str, dict[str, Any]], Row | None]) -> None:
        self.key = Rate("key", settings.RATE_KEY, fetch)
        self.link = Rate("link", settings.RATE_LINK, fetch)
        self.address = Rate("address", settings.RATE_ADDRESS, fetch)
        self.guesses = Rate("guess", settings.RATE_GUESSES, fetch)
        self.guesses_of_many = Rate("guess of many", settings.RATE_GUESSES * CROWD, fetch)
        self.good: dict[str, None] = {}

    def learn(self, kind: str, who: str, status: str) -> None:
        """Whose key or link has opened something is no guesser, whoever else is behind the same address."""
        if kind != "address" and status < "400" and who not in self.good:
            if len(self.good) >= KEPT:
                self.good.clear()
            self.good[who] = None


def counted(application: Application, rates: Rates | None = None) -> Application:
    """An application that tells whom it has heard too often to wait."""
    all_rates = rates or Rates(fetch_in_pool())

    def counting(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(UNCOUNTED):
            return application(environ, start_response)
        caller = _address(environ)
        kind, who = _who(environ, path, caller)
        guesses = all_rates.guesses if caller else all_rates.guesses_of_many
        guesser = caller or _network(environ.get("REMOTE_ADDR", ""))
        if path.startswith(GUESSABLE) and who not in all_rates.good:
            closed = guesses.closed(guesser)
            if closed is not None:
                return _refused(environ, start_response, "guesses", closed)
        verdict = getattr(all_rates, kind).take(who) if who else None
        if verdict is not None and not verdict.may:
            return _refused(environ, start_response, kind, verdict)

        def answer(status: str, headers: list[tuple[str, str]], *rest: Any) -> object:
            all_rates.learn(kind, who, status)
            if _is_guess(path, status):
                guesses.take(guesser)
            return start_response(status, [*headers, *_told(verdict, path)], *rest)

        return application(environ, answer)

    return counting


def _who(environ: dict[str, Any], path: str, caller: str) -> tuple[str, str]:
    """Programs by their secret, participants by their link, everybody else by where they are."""
    if path.startswith(PROGRAMS):
        secret = environ.get("HTTP_X_AUTH_TOKEN") or environ.get("HTTP_AUTHORIZATION")
        if secret:
            return "key", digest(secret).hex()
    elif path.startswith(LINKS):
        return "link", digest(path.split("/", 3)[2]).hex()
    return "address", caller


def _address(environ: dict[str, Any]) -> str:
    """Empty where it may be anybody's: a proxy on this machine or in this network that no setting names."""
    found = callers.named(environ)
    if "HTTP_X_FORWARDED_FOR" in environ and found == environ.get("REMOTE_ADDR") and _is_inside(found):
        return ""
    return _network(found)


@lru_cache(4096)
def _is_inside(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def _network(address: str) -> str:
    """An IPv6 customer has 2⁶⁴ addresses at the least, and counts as one caller."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    except ValueError:
        return ""


def _is_guess(path: str, status: str) -> bool:
    if path.startswith(PROGRAMS):
        return status.startswith("401")
    return path.startswith(SECRETS) and status.startswith(("403", "404"))


def _told(verdict: Verdict | None, path: str) -> list[tuple[str, str]]:
    """The three headers that clients know; draft-ietf-httpapi-ratelimit-headers-03 has described them."""
    if verdict is None or not path.startswith((*PROGRAMS, *LINKS)):
        return []
    return [
        ("RateLimit-Limit", str(verdict.most)),
        ("RateLimit-Remaining", str(verdict.left)),
        ("RateLimit-Reset", str(verdict.full_in)),
    ]


def _refused(environ: dict[str, Any], start_response: StartResponse, why: str, verdict: Verdict) -> Iterable[bytes]:
    figures.turned_away.labels(why).inc()
    asked = {"accept": environ.get("HTTP_ACCEPT", ""), "accept-language": environ.get("HTTP_ACCEPT_LANGUAGE", "")}
    path = environ["PATH_INFO"]
    media_type, content = refusals.answer(path, asked, refusals.TOO_MANY, 429)
    headers = [("Content-Type", media_type), ("Cache-Control", "no-store"), ("Content-Length", str(len(content)))]
    start_response("429 Too Many Requests", [*headers, ("Retry-After", str(verdict.wait)), *_told(verdict, path)])
    return [content]


def fetch_in_pool() -> Callable[[str, dict[str, Any]], Row | None]:
    pool: ConnectionPool[Connection[Any]] = connections["default"].pool  # type: ignore[attr-defined]  # PostgreSQL's own

    def fetch(statement: str, values: dict[str, Any]) -> Row | None:
        with pool.connection(timeout=2) as connection:
            return prepared(connection, statement, values).fetchone()

    return fetch
