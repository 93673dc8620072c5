"""Questions of type ``request`` call a third party through the guarded way out (contract/auco.md §10.3)."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rubrica.completing.tests.conftest import Form, begin, make_template
from rubrica.templating.tests.examples import question, raw
from rubrica.webhooks import http
from tests.cast import Acme

pytestmark = pytest.mark.django_db


class Checker(BaseHTTPRequestHandler):
    """Knows one code, and fills in a name and something that was not asked."""

    seen: list[Any] = []
    answer: Any = [{"key": "name", "value": "Ana Ruiz"}, {"key": "unknown", "value": "x"}]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(body)
        self.send_response(200 if body["value"] == "GOOD" else 422)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(self.answer).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Not in the output of the tests."""


@pytest.fixture
def checker(tmp_path: Path, settings: Any) -> Iterator[str]:
    """A real server with TLS on this machine, whose certificate the way out is told to trust."""
    certificate = _certificate(tmp_path)
    server = HTTPServer(("127.0.0.1", 0), Checker)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ALLOWED_PRIVATE = (ip_network("127.0.0.0/8"),)
    Checker.seen.clear()
    http._tls().load_verify_locations(certificate)
    yield f"https://127.0.0.1:{server.server_port}/check"
    server.shutdown()
    server.server_close()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def form(acme: Acme, endpoint: str) -> Form:
    questions = [question("request", "code", endpoint=endpoint), question("name", "name")]
    return Form(begin(acme, make_template(acme, raw(*questions)), {}))


def ask(form: Form, value: str) -> Any:
    return form.client.post(f"{form.path}/lookup", {"name": "code", "value": value})


def test_what_it_answers_is_filled_in(acme: Acme, checker: str) -> None:
    page = form(acme, checker)
    answer = ask(page, "GOOD")
    assert (answer.status_code, answer.json()) == (200, {"filled": {"name": "Ana Ruiz"}})
    assert Checker.seen == [{"key": "code", "value": "GOOD"}]
    assert page.completion.typed == {"code": "GOOD", "name": "Ana Ruiz"}


def test_any_error_is_an_invalid_code(acme: Acme, checker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = form(acme, checker)
    assert ask(page, "BAD").json()["message"] == "CODE_INVALID"
    for nonsense in ({"key": "name"}, "text", [1], [{"key": "name"}], None):
        monkeypatch.setattr(Checker, "answer", nonsense)
        answer = ask(page, "GOOD")
        assert (answer.status_code, answer.json()["message"]) == (400, "CODE_INVALID"), nonsense
    assert page.completion.typed == {}


@pytest.mark.parametrize("endpoint", ["https://127.0.0.1:9/x", "https://169.254.169.254/latest", "https://[::1]/x"])
def test_nothing_inside_the_network_is_called(acme: Acme, endpoint: str) -> None:
    assert ask(form(acme, endpoint), "GOOD").json()["message"] == "CODE_INVALID"


def test_calls_are_counted(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rubrica.completing.models.MAX_LOOKUPS", 1)
    page = form(acme, "https://127.0.0.1:9/x")
    assert [ask(page, "x").status_code for _ in range(2)] == [400, 429]
