"""Requests have ids, and lines of the log say where they come from."""

import json
import logging
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from rubrica import context
from rubrica.web.logs import HideSecrets, JsonLines, Lines
from rubrica.web.seeing import seen

KEY = "prk_" + "0123456789abcdef" * 2
TOKEN = "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"


def call(path: str = "/s/x", status: str = "200 OK", **environ: str) -> dict[str, str]:
    """The headers of the answer of an application that logs a line."""
    said: dict[str, str] = {}

    def inner(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        context.note(organization="acme")
        logging.getLogger("rubrica.inner").warning("something")
        start_response(status, [("Content-Type", "text/plain")])
        return [b""]

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
        said.update(headers)

    list(seen(inner)({"PATH_INFO": path, "REQUEST_METHOD": "GET", "REMOTE_ADDR": "10.0.0.9", **environ}, start))
    return said


def test_it_works(caplog: pytest.LogCaptureFixture) -> None:
    headers = call()
    assert headers["Content-Type"] == "text/plain" and len(headers["X-Request-ID"]) == 16
    assert context.facts_now() == {"request": headers["X-Request-ID"], "organization": "acme"}
    line = json.loads(JsonLines().format(caplog.records[0]))
    assert line["request"] == headers["X-Request-ID"] and line["organization"] == "acme"
    assert (line["level"], line["logger"], line["message"]) == ("WARNING", "rubrica.inner", "something")
    assert (
        Lines().format(caplog.records[0]).endswith(f"something [request={headers['X-Request-ID']} organization=acme]")
    )


@pytest.mark.parametrize("control", ["\n", "\r\n", "\x1b", "\x85", "\u2028"])
def test_no_request_forges_a_line(caplog: pytest.LogCaptureFixture, settings: Any, control: str) -> None:
    settings.LOG_REQUESTS = True
    with caplog.at_level(logging.INFO, "rubrica.requests"):
        call(f"/x{control}2026-01-01 00:00:00,000 WARNING rubrica.keyring forged")
    told = next(record for record in caplog.records if record.name == "rubrica.requests")
    line = Lines().format(told)
    assert control not in line and len(line.splitlines()) == 1 and "/x\\" in line
    assert len(JsonLines().format(told).split("\n")) == 1


def test_a_traceback_keeps_its_lines() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.LogRecord("rubrica", logging.ERROR, "", 0, "One\nmessage", (), sys.exc_info())
    first, *rest = Lines().format(record).splitlines()
    assert first.endswith(r"One\nmessage") or r"One\nmessage [" in first
    assert rest[0].startswith("Traceback") and rest[-1] == "ValueError: why"


def test_what_was_known_of_the_request_before_is_forgotten() -> None:
    context.begin(request="old", organization="other")
    assert call()["X-Request-ID"] == context.facts_now()["request"] != "old"
    context.begin()


def test_the_id_of_a_trusted_proxy_is_kept(settings: Any) -> None:
    settings.TRUSTED_PROXIES = {"10.0.0.9"}
    assert call(HTTP_X_REQUEST_ID="proxy-1234")["X-Request-ID"] == "proxy-1234"
    assert call(HTTP_X_REQUEST_ID='"\r\nSet-Cookie: a=b')["X-Request-ID"].isalnum()
    settings.TRUSTED_PROXIES = set()
    assert call(HTTP_X_REQUEST_ID="proxy-1234")["X-Request-ID"] != "proxy-1234"


def test_a_line_for_each_request_where_it_is_wanted(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    call(f"/s/{TOKEN}/state")
    assert [record.name for record in caplog.records] == ["rubrica.inner"]
    settings.LOG_REQUESTS = True
    caplog.clear()
    call(f"/s/{TOKEN}/state", "404 Not Found")
    record = caplog.records[-1]
    assert HideSecrets().filter(record)
    line = json.loads(JsonLines().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/s/…/state", 404)
    assert TOKEN not in json.dumps(line) and line["milliseconds"] >= 0
    caplog.clear()
    call("/healthz")
    assert [record.name for record in caplog.records] == ["rubrica.inner"]


@pytest.mark.parametrize("formatter", [Lines(), JsonLines()])
def test_no_key_is_in_a_traceback(formatter: logging.Formatter) -> None:
    try:
        raise ValueError(f"refused {KEY} at /s/{TOKEN}")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed with %s", (KEY,), sys.exc_info())
    HideSecrets().filter(record)
    text = formatter.format(record)
    assert "ValueError" in text and KEY not in text and TOKEN not in text
