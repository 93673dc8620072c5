"""The few reads that clients poll all day, answered in front of Django: a third of the CPU for the same answer.

What is measured here is in docs/performance.md. The functions, and so the answers, are those of Django's own routes.
"""

import json
import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from django.db import connections
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from rubrica import tenancy
from rubrica.api.auco import reads
from rubrica.database import Row, first
from rubrica.tenancy import sending
from rubrica.web.front.wire import Application, StartResponse
from rubrica.web.middleware import HEADERS, REFERRER_POLICY, STRICT_TRANSPORT

logger = logging.getLogger(__name__)

ROUTES = {"/v1.5/ext/attachments": reads.attachments, "/v1.5/ext/document": reads.document}
REASONS = {200: "200 OK", 400: "400 Bad Request", 401: "401 Unauthorized", 503: "503 Service Unavailable"}
FIXED_HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", REFERRER_POLICY),
    *HEADERS.items(),
    *STRICT_TRANSPORT,
]
MAX_FIELDS = 20  # of a query string; longer ones take the long way


def in_front_of(django: Any) -> Application:
    """An application that answers the hot reads itself and hands everything else on."""
    pool: ConnectionPool[Connection[Any]] = connections["default"].pool  # type: ignore[attr-defined]  # PostgreSQL's own
    pool.open()

    def fetch(statement: str, values: reads.Values) -> Row | None:
        with pool.connection() as connection:
            return first(sending.answer(connection, statement, values))

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if "*=" in environ.get("CONTENT_TYPE", ""):
            environ["CONTENT_TYPE"] = ""  # Django's own reading of RFC 2231 values fails on what it does not know
        route = ROUTES.get(environ["PATH_INFO"])
        query = environ["QUERY_STRING"]
        slow = "image=" in query or query.count("&") >= MAX_FIELDS  # pictures are files to be opened
        if route is None or environ["REQUEST_METHOD"] != "GET" or slow:
            passed_on: Iterable[bytes] = django(environ, start_response)
            return passed_on
        try:
            key = environ.get("HTTP_AUTHORIZATION", "")
            with tenancy.nobody():
                answer = route(key, dict(parse_qsl(query, keep_blank_values=True)), fetch)
        except (psycopg.Error, PoolTimeout):
            logger.exception("A read found no database.")
            answer = reads.UNAVAILABLE
        if answer is reads.NOTHING_ASKED:
            said: Iterable[bytes] = django(environ, start_response)  # in the language of the caller
            return said
        body = json.dumps(answer.body).encode()
        start_response(REASONS[answer.status], [*FIXED_HEADERS, ("Content-Length", str(len(body)))])
        return [body]

    return application
