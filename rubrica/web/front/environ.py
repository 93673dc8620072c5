"""A request of Granian's (RSGI) as WSGI wants it (PEP 3333)."""

import io
import sys
from typing import Any

from rubrica.web.front.wire import Scope

BASE: dict[str, Any] = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.errors": sys.stderr,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
}
# Their own names, as CGI had them before there were others.
PLAIN = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def environ_of(scope: Scope, body: Any = None) -> dict[str, Any]:
    environ = dict(BASE)
    host, _, port = scope.server.rpartition(":")
    environ["SERVER_NAME"], environ["SERVER_PORT"] = host, port
    environ["SERVER_PROTOCOL"] = f"HTTP/{scope.http_version}"
    environ["REQUEST_METHOD"] = scope.method
    environ["PATH_INFO"] = path_of(scope).encode().decode("latin-1")
    environ["QUERY_STRING"] = scope.query_string
    environ["REMOTE_ADDR"] = address_of(scope)
    environ["wsgi.input"] = io.BytesIO() if body is None else body
    _add_headers(environ, scope)
    return environ


def _add_headers(environ: dict[str, Any], scope: Scope) -> None:
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # X_Forwarded_For would pass for X-Forwarded-For, and no browser or proxy sends such a name
        key = PLAIN.get(name) or "HTTP_" + name.upper().replace("-", "_")
        if key in environ:
            value = environ[key] + ("; " if name == "cookie" else ",") + value
        environ[key] = value


def path_of(scope: Scope) -> str:
    """Percent signs read; what is no UTF-8 is an address that nothing has."""
    try:
        return scope.path
    except ValueError:
        return "/�"


def address_of(scope: Scope) -> str:
    return scope.client.rpartition(":")[0].strip("[]")
