"""What is answered in front of Django is answered as Django would: same status, body and headers, byte for byte."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import connections
from django.test import Client, RequestFactory

from rubrica.processes.models import Process
from rubrica.web.front.wire import Application
from rubrica.web.hot import in_front_of
from tests import sending
from tests.cast import Acme, make_acme
from tests.contract.calls import BASE
from tests.sending import person, somebody

Answer = tuple[int, dict[str, str], bytes]


def not_asked(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Stands where Django stands, and says that it was reached."""
    start_response("299 Django", [])
    return [environ["REQUEST_METHOD"].encode()]


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    return make_acme()


@pytest.fixture
def hot(acme: Acme) -> Application:
    return in_front_of(not_asked)


def ask(hot: Application, path: str, query: str, key: str, method: str = "GET") -> Answer:
    said: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        said.update(status=int(status[:3]), headers=dict(headers))

    environ = {"PATH_INFO": BASE + path, "QUERY_STRING": query, "REQUEST_METHOD": method, "HTTP_AUTHORIZATION": key}
    body = b"".join(hot(environ, start_response))
    return said["status"], said["headers"], body


def queries(process: Process) -> Iterator[tuple[str, str]]:
    code, user = process.documents.get().code, somebody(process).public_id
    yield from (("/attachments", f"{by}{more}") for by in (f"package={process.public_id}", f"code={code}")
                for more in ("", f"&userId={user}", "&userId=", "&userId=%00", "&userId=%ed%a0%80"))  # fmt: skip
    for path in ("/attachments", "/document"):
        for query in ("", "code=", "package=", "code=%FF", "code=a%00b", "package=" + "0" * 24, "code=%zz", "&&=&", "a",
                      f"code=x&code={code}", f"package={process.public_id}&code=x", f"code={process.public_id}",
                      f"code={code};x=1", f"code=+{code}", f"CODE={code}", "code=%F0%9F%96%8B",
                      "code=\xe9"):  # fmt: skip
            yield path, query


def test_the_same_answers(acme: Acme, hot: Application) -> None:
    process = sending.start_signing(acme, person("Ñandú 🖋", "ID card"))
    for path, query in queries(process):
        for key in (acme.public_key, acme.private_key, "", "ñ", f"Bearer {acme.public_key}"):
            status, headers, body = ask(hot, path, query, key)
            django = Client().get(f"{BASE}{path}?{query}", headers={"Authorization": key})
            if status == 299:  # handed on: its sentence has a language
                assert (django.status_code, django.json()["message"]) == (400, "VALIDATION_ERROR")
                continue
            assert (status, without_urls(body)) == (django.status_code, without_urls(django.content)), (path, query)
            named = {name: django.headers.get(name) for name in headers}
            assert named | {"Content-Length": str(len(body))} == headers, (path, query)


def without_urls(body: bytes) -> bytes:
    """Signed addresses carry the second in which they were made."""
    return body.partition(b'"url"')[0]


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "DELETE"])
def test_everything_else_is_djangos(hot: Application, method: str) -> None:
    assert ask(hot, "/attachments", "", "", method)[0] == 299
    assert ask(hot, "/attachments/", "", "")[0] == 299
    assert ask(hot, "/attachments", "&".join(["a=1"] * 5000), "")[0] == 299


def test_without_a_database_the_answer_is_json(hot: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = connections["default"].pool  # type: ignore[attr-defined]

    def gone(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("the server has gone")

    monkeypatch.setattr(pool, "connection", gone)
    status, headers, body = ask(hot, "/attachments", "code=x", "puk_")
    assert (status, headers["Content-Type"]) == (503, "application/json")
    assert b'"message"' in body


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary*=idna''a", "text/plain; a*=nosuch''b%20"])
def test_a_content_type_in_an_unknown_encoding_breaks_nothing(kind: str) -> None:
    """Django reads the header before any of its handlers could answer."""
    seen: list[WSGIRequest] = []

    def django(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(WSGIRequest(environ))
        return []

    environ = RequestFactory().post("/x").environ | {"CONTENT_TYPE": kind}
    in_front_of(django)(environ, lambda status, headers: None)
    assert seen[0].content_type == ""
