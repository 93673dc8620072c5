"""Whatever is sent, the Auco dialect answers JSON: malformed bodies, wrong keys, unknown paths, wrong methods."""

import json
from typing import Any

import pytest
from django.test import Client

from rubrica import clock
from rubrica.accounts.models import ApiKey, BearerToken
from tests.contract import seeds
from tests.contract.calls import BASE, Auco, stored
from tests.contract.test_document_upload import positions

WRITES = ["/attachments", "/package/upload", "/package/upload/url", "/attachments/review"]
READS = ["/attachments", "/document"]


def says(answer: Any, status: int, message: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["message"] == message


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"\xff\xfe\x00",
        b'{"a": "\xe9"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
        b"\0",
    ],
    ids=range(9),
)
def test_malformed_json(auco: Auco, path: str, body: bytes) -> None:
    says(auco.post(path, body), 400, "JSON_INVALID")


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("body", ["", "[]", "null", "7", '"text"', "NaN", "{}"])
def test_what_is_no_object_with_the_fields(auco: Auco, path: str, body: str) -> None:
    answer = auco.post(path, body)
    says(answer, 400, "VALIDATION_ERROR")
    for error in answer.json()["errors"]:
        assert sorted(error) == ["code", "field", "message"]
        assert error["code"] and error["message"]


def test_the_content_type_decides_nothing(auco: Auco) -> None:
    raw = json.dumps(seeds.without_document())
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        key = {"Authorization": auco.acme.private_key}
        answer = auco.client.generic("POST", f"{BASE}/attachments", raw, kind, headers=key)
        assert answer.status_code == 200, (kind, answer.content)


def test_a_body_that_is_too_large(auco: Auco, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    before = stored()
    says(auco.post("/attachments", seeds.with_base64()), 413, "PAYLOAD_TOO_LARGE")
    assert stored() == before


def test_a_key_is_asked_for_before_the_body_is_read(auco: Auco, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    says(auco.post("/attachments", seeds.with_base64(), key="prk_" + "0" * 32), 401, "UNAUTHORIZED")


def wrong_keys(auco: Auco, right: str, other_kind: str) -> list[str]:
    token = BearerToken.issue(auco.acme.owner)[1]
    return [
        "",
        " ",
        other_kind,
        f"Bearer {right}",
        f"bearer {right}",
        token,
        f"Bearer {token}",
        right[:-1],
        right + "0",
        right.upper(),
        right[4:],
        "prk_" + "0" * 32,
        "ñ" * 36,
        "\xff\xfe",
        "x" * 60_000,
        "' OR 1=1 --",
    ]


@pytest.mark.parametrize("path", WRITES)
def test_writing_needs_the_private_key(auco: Auco, path: str) -> None:
    before = stored()
    for key in wrong_keys(auco, auco.acme.private_key, auco.acme.public_key):
        says(auco.post(path, seeds.without_document(), key=key), 401, "UNAUTHORIZED")
    assert stored() == before


@pytest.mark.parametrize("path", READS)
def test_reading_needs_the_public_key(auco: Auco, path: str) -> None:
    for key in wrong_keys(auco, auco.acme.public_key, auco.acme.private_key):
        says(auco.get(path, key=key, code="ABCDEFGHIJ"), 401, "UNAUTHORIZED")


def test_without_any_header(client: Client, auco: Auco) -> None:
    for path in READS:
        says(client.get(BASE + path), 401, "UNAUTHORIZED")
    for path in WRITES:
        says(client.post(BASE + path, "{}", "application/json"), 401, "UNAUTHORIZED")


def test_a_revoked_key_opens_nothing(auco: Auco) -> None:
    ApiKey.objects.filter(organization=auco.acme.organization).update(revoked_at=clock.now())
    for path in WRITES:
        says(auco.post(path, seeds.without_document()), 401, "UNAUTHORIZED")
    for path in READS:
        says(auco.get(path), 401, "UNAUTHORIZED")


def test_the_session_of_a_member_is_no_key(auco: Auco) -> None:
    auco.client.force_login(auco.acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    says(auco.post("/attachments", seeds.without_document(), key=""), 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "path", ["/", "/attachment", "/attachments/", "/documents", "/../attachments", "/a%00b", "/%FF"]
)
def test_unknown_paths(auco: Auco, path: str) -> None:
    for answer in (auco.get(path), auco.post(path, {})):
        says(answer, 404, "NOT_FOUND")


def test_wrong_methods_name_the_right_ones(auco: Auco) -> None:
    right = {"/attachments": "GET, POST", "/package/upload": "POST", "/attachments/review": "POST", "/document": "GET"}
    for path, allowed in right.items():
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"):
            answer = auco.client.generic(method, BASE + path, headers={"Authorization": auco.acme.private_key})
            says(answer, 405, "METHOD_NOT_ALLOWED")
            assert sorted(answer.headers["Allow"].split(", ")) == allowed.split(", ")


def test_sentences_follow_the_language_of_the_caller(auco: Auco) -> None:
    body = seeds.without_document() | {"remember": 5}
    sentences = {
        language: auco.post("/attachments", body, **{"Accept-Language": language}).json()["errors"][0]["message"]
        for language in ("es", "en", "pt")
    }
    assert sentences["en"] == "This must be a positive multiple of 3 hours."
    assert len(set(sentences.values())) == 3


def test_answers_are_not_kept_by_caches(auco: Auco) -> None:
    answer = auco.get("/attachments", package="0" * 24)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


OPTIONS = [
    ({"camera": "passport"}, {"options.camera": "literal_error"}),
    ({"otpCode": "pigeon"}, {"options.otpCode": "literal_error"}),
    ({"otpCode": ""}, {"options.otpCode": "literal_error"}),
    ({"camera": True}, {"options.camera": "literal_error"}),
    ({"whatsapp": "yes"}, {"options.whatsapp": "bool_type"}),
    ({"both": 1, "flow": []}, {"options.both": "bool_type", "options.flow": "bool_type"}),
    ([], {"options": "model_type"}),
    ("email", {"options": "model_type"}),
]  # fmt: skip


@pytest.mark.parametrize("path", ["/attachments", "/document/upload", "/document/many"])
@pytest.mark.parametrize(("options", "faults"), OPTIONS, ids=range(len(OPTIONS)))
def test_unknown_values_of_options(auco: Auco, path: str, options: Any, faults: dict[str, str]) -> None:
    body = seeds.without_document() | {"camera": True, "otpCode": True, "options": options}
    answer = auco.post(path, body)
    says(answer, 400, "VALIDATION_ERROR")
    found = {error["field"]: error["code"] for error in answer.json()["errors"]}
    assert {field: code for field, code in found.items() if field.startswith("options")} == faults


SOURCES = [("file", "compress"), ("file", "document"), ("compress", "document"), ("file", "compress", "document")]


@pytest.mark.parametrize("path", ["/attachments", "/document/upload"])
@pytest.mark.parametrize("chosen", SOURCES, ids="+".join)
def test_of_file_compress_and_document_one_only(auco: Auco, path: str, chosen: tuple[str, ...]) -> None:
    values = {"file": seeds.with_base64()["file"], "compress": True, "document": positions(auco).public_id}
    before = stored()
    answer = auco.post(path, seeds.without_document() | {"name": "Lease"} | {name: values[name] for name in chosen})
    says(answer, 400, "VALIDATION_ERROR")
    assert "exclusive" in {error["code"] for error in answer.json()["errors"]}
    assert stored() == before


BOX = {"page": 1, "x": 0.9, "y": 0.9, "w": 9, "h": 9}


@pytest.mark.parametrize(
    "places",
    [{"type": "a", "label": True}, {"type": "a", "position": [BOX]}, {"label": True, "position": [BOX]}],
    ids=range(3),
)
@pytest.mark.parametrize("path", ["/attachments", "/document/upload"])
def test_of_type_label_and_position_one_only(auco: Auco, path: str, places: dict[str, Any]) -> None:
    body = seeds.with_base64()
    del body["signProfile"][0]["position"]
    body["signProfile"][0] |= places
    if path == "/document/upload":
        del body["signProfile"][0]["files"]
    answer = auco.post(path, body)
    says(answer, 400, "VALIDATION_ERROR")
    assert [error["code"] for error in answer.json()["errors"]] == ["exclusive"]
