"""Who calls, where, and in which envelope the answer comes (contract/aero.md §1)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rubrica import clock
from rubrica.accounts.models import BearerToken, Member
from tests.cast import PASSWORD, Acme
from tests.contract.aero import Aero, ok, says

BASE = "/document-definitions"


@pytest.fixture
def aero(acme: Acme) -> Aero:
    client = Aero(acme.owner)
    client.define()
    return client


def raw(aero: Aero, path: str, method: str = "GET", **more: Any) -> Any:
    """The path goes to the server as it stands, also where it begins with two slashes."""
    headers = {"Authorization": f"Bearer {aero.secret}"}
    return aero.client.generic(method, "/", "{}", "application/json", headers=headers, PATH_INFO=path, **more)


def names(answer: Any) -> list[str]:
    return [one["name"] for one in ok(answer)["documentDefinitions"]]


@pytest.mark.parametrize(
    "path",
    ["//api/v2/document-definitions", "/api/v2/document-definitions/", "//api//v2///document-definitions//"],
)
def test_slashes_too_many_are_forgiven_without_a_redirect(aero: Aero, path: str) -> None:
    assert "Invoices" in names(raw(aero, path))
    made = raw(aero, f"{path.rstrip('/')}/Invoices/documents/new/", "POST")
    assert made.status_code == 201


@pytest.mark.parametrize(
    "path",
    ["/api/v2", "/api/v2/", "/api/v2/nothing", "/api/v2/document-definitions/a/b", "/api/v2/%00", "/api/v2/\xff"],
)
def test_unknown_addresses_answer_in_the_envelope(aero: Aero, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        says(raw(aero, path, method), 404, "not_found")


def test_unknown_addresses_of_v1_answer_in_its_own_envelope(aero: Aero) -> None:
    answer = raw(aero, "/api/v1/nothing")
    assert (answer.status_code, answer.json()["status"]) == (404, "error")
    assert set(answer.json()) == {"status", "error"}


def test_wrong_methods_name_the_right_ones(aero: Aero) -> None:
    right = {BASE: "GET, POST", f"{BASE}/Invoices": "DELETE, GET, PATCH, PUT"}
    for path, allowed in right.items():
        for method in ("TRACE", "OPTIONS", "PURGE"):
            answer = aero.call(method, path)
            says(answer, 405, "method_not_allowed")
            assert answer.headers["Allow"] == allowed


def test_without_a_live_token_nothing_opens(aero: Aero, acme: Acme) -> None:
    expired = BearerToken.issue(acme.owner, clock.now() - timedelta(seconds=1))[1]
    row, revoked = BearerToken.issue(acme.owner)
    assert row.revoke() and not row.revoke()
    inactive = Member.objects.create_user(acme.organization, "gone@acme.example", is_active=False)
    gone = BearerToken.issue(inactive)[1]
    wrong = ["", "Bearer", "Bearer ", aero.secret, f"Basic {aero.secret}", f"Bearer {aero.secret}x", "Bearer \xff"]
    wrong += [f"Bearer {secret}" for secret in (expired, revoked, gone, acme.private_key, acme.public_key)]
    for header in wrong:
        answer = aero.call("GET", BASE, Authorization=header)
        says(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert aero.call("GET", BASE, Authorization=f"bearer {aero.secret}").status_code == 200


def test_the_session_of_a_member_is_no_token(acme: Acme) -> None:
    client = Client()
    client.force_login(acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    says(client.get(f"/api/v2{BASE}"), 401, "unauthorized")


def test_a_token_of_one_environment_needs_no_header(aero: Aero) -> None:
    """The vendor's broken samples send none."""
    ok(aero.get(BASE))
    ok(aero.call("GET", BASE, environment_id="acme"))
    ok(aero.get(BASE, environmentId="acme"))
    ok(aero.call("GET", BASE, query={"environmentId": "other"}, environment_id="acme"))


def test_a_token_of_several_environments_must_name_one(aero: Aero, other: Acme) -> None:
    aero.token.allow(other.reviewer)
    says(aero.get(BASE), 400, "validation_error", 'Header error: "environment-id" is required')
    assert "Invoices" in names(aero.call("GET", BASE, environment_id="acme"))
    assert "Invoices" not in names(aero.call("GET", BASE, environment_id="other"))
    assert "Invoices" not in names(aero.get(BASE, environmentId="other"))
    says(aero.call("POST", BASE, {"name": "x"}, environment_id="other"), 403, "forbidden")


def test_foreign_and_unknown_environments_are_told_alike(aero: Aero, other: Acme) -> None:
    answers = [aero.call("GET", BASE, environment_id=slug) for slug in ("other", "nothing", "a\tb")]
    for answer in answers:
        says(answer, 403, "forbidden")
    assert len({answer.content for answer in answers}) == 1


def test_a_member_who_left_takes_the_environment_along(aero: Aero, other: Acme) -> None:
    aero.token.allow(other.reviewer)
    Member.objects.filter(pk=other.reviewer.pk).update(is_active=False)
    says(aero.call("GET", BASE, environment_id="other"), 403, "forbidden")


def test_people_are_told_in_their_language(aero: Aero) -> None:
    said = {language: aero.call("GET", f"{BASE}/x", Accept_Language=language).json() for language in ("en", "es", "pt")}
    assert len({body["description"] for body in said.values()}) == 1
    assert len({body["message"] for body in said.values()}) == 3
    assert said["en"]["message"] == said["en"]["description"]


def test_an_answer_is_not_kept_by_caches(aero: Aero) -> None:
    answer = aero.get(BASE)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_went_wrong_on_our_side_is_told_without_a_trace(
    aero: Aero, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The storage of answers is the edge here: nothing else can be broken without breaking the test itself."""
    from rubrica.records import definitions

    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(definitions, "find", broken)
    aero.client.raise_request_exception = False
    answer = aero.get(f"{BASE}/Invoices")
    says(answer, 500, "internal_error")
    assert "secret" not in answer.content.decode()


def test_a_body_that_is_too_large(aero: Aero, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    says(aero.post(BASE, {"name": "x" * 2000}), 413, "payload_too_large")


def login(body: Any) -> Any:
    return Client().post("/api/v1/login", body, "application/json")


def test_login_gives_a_token_for_a_password(aero: Aero, acme: Acme) -> None:
    answer = login({"username": "Olga@acme.example", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["status"] == "success"
    data = answer.json()["data"]
    assert len(data["authToken"]) == 43 and len(data["userId"]) == 17
    assert acme.organization.audit.get(kind="token_made").subject == "/api/v1/login"
    headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
    asked = {"environmentId": "acme", "ddName": "Invoices"}
    found = Client().get("/api/v1/documents", asked, headers=headers)
    assert (found.status_code, found.json()) == (200, {"status": "success", "data": []})
    assert aero.call("GET", BASE, Authorization=f"Bearer {data['authToken']}").status_code == 200
    token = BearerToken.live(data["authToken"])
    assert token and token.expires_at


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"username": "olga@acme.example", "password": "wrong"}, 401, "Unauthorized"),
        ({"username": "nobody@acme.example", "password": PASSWORD}, 401, "Unauthorized"),
        ({"username": "olga@acme.example"}, 400, 'Body error: "password" is required'),
        ({"password": PASSWORD}, 400, 'Body error: "username" is required'),
        ({"username": 5, "password": PASSWORD}, 400, 'Body error: "username" must be a string'),
        ([], 400, 'Body error: "value" must be of type object'),
    ],
)
def test_login_refuses_in_the_envelope_of_v1(acme: Acme, body: Any, status: int, error: str) -> None:
    before = BearerToken.objects.count()
    answer = login(body)
    assert (answer.status_code, answer.json()) == (status, {"status": "error", "error": error})
    assert BearerToken.objects.count() == before


def test_login_does_not_let_anybody_guess_for_long(acme: Acme) -> None:
    statuses = [login({"username": "olga@acme.example", "password": f"guess {n}"}).status_code for n in range(12)]
    assert statuses[0] == 401 and statuses[-1] == 429
    answer = login({"username": "olga@acme.example", "password": PASSWORD})
    assert answer.status_code == 429 and answer.headers["Retry-After"]


def test_headers_of_v1_belong_together(aero: Aero, acme: Acme, other: Acme) -> None:
    data = login({"username": "olga@acme.example", "password": PASSWORD}).json()["data"]
    sara = login({"username": "olga@other.example", "password": PASSWORD}).json()["data"]
    asked = {"environmentId": "acme", "ddName": "Invoices"}

    def status(headers: dict[str, str], query: dict[str, str] = asked) -> int:
        code: int = Client().get("/api/v1/documents", query, headers=headers).status_code
        return code

    good = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}
    assert status(good) == 200
    assert status(good | {"X-User-Id": sara["userId"]}) == 401
    assert status({"X-Auth-Token": data["authToken"]}) == 401
    assert status({"X-User-Id": data["userId"]}) == 401
    assert status(good, {"ddName": "Invoices"}) == 400
    assert status(good, asked | {"environmentId": "other"}) == 403
    assert status(good, {"environmentId": "acme"}) == 400
    assert status(good, asked | {"ddName": "Nothing"}) == 404


def test_v1_lists_documents(aero: Aero, acme: Acme) -> None:
    one, two = aero.new(title="a", externalId="one"), aero.new(title="b")
    data = login({"username": "olga@acme.example", "password": PASSWORD}).json()["data"]
    headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}

    def found(**query: str) -> Any:
        asked = {"environmentId": "acme", "ddName": "Invoices", **query}
        return Client().get("/api/v1/documents", asked, headers=headers).json()

    assert [each["_id"] for each in found()["data"]] == [one["_id"], two["_id"]]
    assert [each["title"] for each in found(_id=two["_id"])["data"]] == ["b"]
    assert [each["title"] for each in found(externalId="one")["data"]] == ["a"]
    assert [each["title"] for each in found(query='{"title": "b"}')["data"]] == ["b"]
    assert found(_id="nothing")["data"] == []
    ordered = found(options='{"sort": {"title": -1}, "limit": 0, "fields": {"title": 1}}')["data"]
    assert [(each["title"], set(each)) for each in ordered] == [("b", {"_id", "title"}), ("a", {"_id", "title"})]
    assert found(_id="x", externalId="y")["status"] == "error"
    assert found(query="{")["error"] == 'Query error: "query" must be valid JSON'


def test_v1_gives_external_ids_of_references(aero: Aero) -> None:
    reference = {"name": "of", "type": "reference", "definition": "Invoices"}
    lines = [{"name": "parts", "fields": [{**reference, "many": True}]}]
    aero.define(name="Payments", fields=[reference], lineBlocks=lines)
    one, two = aero.new(externalId="one"), aero.new()
    aero.new("Payments", of=one["_id"], parts=[{"of": [two["_id"], one["_id"]]}])
    data = login({"username": "olga@acme.example", "password": PASSWORD}).json()["data"]
    headers = {"X-User-Id": data["userId"], "X-Auth-Token": data["authToken"]}

    def found(**query: str) -> Any:
        asked = {"environmentId": "acme", "ddName": "Payments", **query}
        return Client().get("/api/v1/documents", asked, headers=headers).json()["data"][0]

    assert found()["of"] == found(convertIds="false")["of"] == one["_id"]
    swapped = found(convertIds="true")
    assert (swapped["of"], swapped["parts"][0]["of"]) == ("one", [two["_id"], "one"])
    assert aero.get("/document-definitions/Payments/documents").json()["documents"][0]["of"] == one["_id"]
