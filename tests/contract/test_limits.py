"""Who is heard too often is told to wait, in the words of what they call; others behind the same address are not."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from rubrica.database import Row, one_row
from rubrica.web.counting import CROWD, Rates, counted

pytestmark = pytest.mark.django_db


class Asked:
    """An application under the count, and what it answered."""

    def __init__(self) -> None:
        self.status, self.answers = "200 OK", 0
        self.application = counted(self._answer, Rates(_at_one_moment))

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.answers += 1
        start_response(self.status, [])
        return [b"{}"]

    def get(self, path: str, **environ: str) -> tuple[int, dict[str, str], bytes]:
        said: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            said.extend([int(status[:3]), dict(headers)])

        asked = {"PATH_INFO": path, "QUERY_STRING": "", "REMOTE_ADDR": "203.0.113.9", **environ}
        body = b"".join(self.application(asked, start))
        return said[0], said[1], body


def _at_one_moment(statement: str, values: dict[str, Any]) -> Row | None:
    return one_row(statement.replace("clock_timestamp()", "'2026-01-01 00:00Z'::timestamptz"), values)


@pytest.fixture
def asked(settings: Any) -> Asked:
    settings.RATE_KEY, settings.RATE_LINK, settings.RATE_ADDRESS, settings.RATE_GUESSES = 3, 2, 4, 2
    return Asked()


def test_it_works(asked: Asked) -> None:
    for left in ("2", "1", "0"):
        status, headers, _ = asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="puk_1")
        assert status == 200
        assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("3", left)
        assert 0 < int(headers["RateLimit-Reset"]) <= 60
    status, headers, body = asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="puk_1")
    assert (status, json.loads(body)["message"]) == (429, "TOO_MANY_REQUESTS")
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert headers["RateLimit-Remaining"] == "0"
    assert asked.answers == 3


def test_keys_of_one_address_do_not_count_for_each_other(asked: Asked) -> None:
    for key in ("puk_1", "puk_2", "Bearer rbt_3"):
        assert asked.get("/api/v2/x", HTTP_AUTHORIZATION=key)[0] == 200
    for _ in range(3):
        asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="puk_1")
    assert asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="puk_2")[0] == 200


def test_each_dialect_has_its_own_words(asked: Asked) -> None:
    for _ in range(3):
        asked.get("/api/v2/x", HTTP_AUTHORIZATION="Bearer 1")
    said = json.loads(asked.get("/api/v2/x", HTTP_AUTHORIZATION="Bearer 1", HTTP_ACCEPT_LANGUAGE="pt")[2])
    assert (said["status"], said["error"]) == ("error", "too_many_requests")
    assert said["description"].startswith("Too many requests") and said["message"].startswith("Chegaram")
    for _ in range(3):
        asked.get("/api/v1/x", HTTP_X_AUTH_TOKEN="1")
    assert sorted(json.loads(asked.get("/api/v1/x", HTTP_X_AUTH_TOKEN="1")[2])) == ["error", "status"]


def test_a_link_is_counted_by_itself_and_a_person_gets_a_page(asked: Asked) -> None:
    for link in ("one", "two"):
        assert [asked.get(f"/s/{link}/state")[0] for _ in range(3)] == [200, 200, 429]
    status, headers, body = asked.get("/s/one", HTTP_ACCEPT="text/html", HTTP_ACCEPT_LANGUAGE="es-CO")
    assert status == 429 and headers["Content-Type"].startswith("text/html")
    assert "Espera un poco" in body.decode()


def test_others_are_counted_by_their_address(asked: Asked) -> None:
    assert [asked.get("/verify")[0] for _ in range(5)] == [200] * 4 + [429]
    assert asked.get("/verify", REMOTE_ADDR="203.0.113.10")[0] == 200


def test_a_network_of_one_customer_is_one_caller(asked: Asked) -> None:
    said = [asked.get("/verify", REMOTE_ADDR=f"2001:db8::{number}")[0] for number in range(5)]
    assert said == [200] * 4 + [429]


def test_behind_a_proxy_that_nobody_has_named_addresses_count_for_nothing(asked: Asked) -> None:
    """All would be one: whoever comes first in a minute would lock the others out."""
    said = [asked.get("/verify", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.1")[0] for _ in range(9)]
    assert said == [200] * 9


def test_guesses_count_behind_a_proxy_that_nobody_has_named_too(asked: Asked) -> None:
    """For all that come by it together, so many more; who has been let in before goes on."""
    proxy = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.1"}
    assert asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="a good key", **proxy)[0] == 200
    asked.status = "401 Unauthorized"
    said = [asked.get("/api/v2/x", HTTP_AUTHORIZATION=f"guess {number}", **proxy)[0] for number in range(2 * CROWD + 2)]
    assert said == [401] * (2 * CROWD + 1) + [429]
    assert asked.get("/api/v2/x", HTTP_AUTHORIZATION="another", **proxy | {"REMOTE_ADDR": "10.0.0.2"})[0] == 401
    asked.status = "200 OK"
    assert asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="a good key", **proxy)[0] == 200


def test_behind_a_named_proxy_callers_are_those_in_front(asked: Asked, settings: Any) -> None:
    settings.TRUSTED_PROXIES = {"127.0.0.1"}
    for caller, status in (("203.0.113.1", 429), ("203.0.113.2", 429)):
        for _ in range(4):
            assert asked.get("/verify", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=caller)[0] == 200
        assert asked.get("/verify", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=caller)[0] == status


def test_whoever_guesses_has_to_wait_and_others_of_that_address_go_on(asked: Asked) -> None:
    assert asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="a good key")[0] == 200
    asked.status = "401 Unauthorized"
    said = [asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION=f"guess {number}")[0] for number in range(5)]
    assert said == [401, 401, 401, 429, 429]  # the third is one too many, and that is known from there on
    asked.status = "200 OK"
    assert asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="a good key")[0] == 200
    assert asked.get("/v1.5/ext/document", HTTP_AUTHORIZATION="guess", REMOTE_ADDR="203.0.113.10")[0] == 200
    assert asked.get("/verify")[0] == 200


def test_what_machines_ask_all_day_is_not_counted(asked: Asked) -> None:
    assert {asked.get(path)[0] for path in ("/healthz", "/static/a.css") for _ in range(9)} == {200}
