"""What a page takes is judged before a byte of it is read, and before anybody is asked who they are."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from rubrica.console.records import files as record_files
from rubrica.web.bodies import FORM_BYTES, Bodies
from tests.cast import Acme, signed_in

FORM = "multipart/form-data; boundary=x"
MIB = 1 << 20


def announce(client: Client, path: str, length: int | str, content_type: str = FORM, **headers: str) -> Any:
    """A call whose body nobody may touch: the test client's fails when more is read than there is."""
    return client.generic("POST", path, b"", content_type, headers={"Content-Length": str(length), **headers})


@pytest.fixture
def anybody() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/join/secret", "/accounts/password/reset/", "/healthz"])
def test_small_pages_take_a_form_and_no_more(anybody: Client, path: str) -> None:
    answer = announce(anybody, path, FORM_BYTES + 1)
    assert (answer.status_code, answer.headers["Connection"]) == (413, "close")
    assert "text/html" in answer.headers["Content-Type"] and b"<h1" in answer.content
    assert anybody.post(path, {"x": "y"}).status_code not in {411, 413}


@pytest.mark.django_db
def test_programs_are_told_in_json(anybody: Client) -> None:
    for headers in ({"X-Requested-With": "XMLHttpRequest"}, {"Accept": "application/json"}):
        answer = announce(anybody, "/accounts/login/", 1 << 40, **headers)
        assert (answer.status_code, answer.json()["message"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/console/sending/new", "/console/settings/company/picture", "/console/contacts/forget"]
)
def test_files_come_from_members_alone(anybody: Client, path: str) -> None:
    answer = announce(anybody, path, 2 * MIB)
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("account_login"))
    assert answer.headers["Connection"] == "close"


@pytest.mark.django_db
@pytest.mark.parametrize("content_type", [FORM, "application/x-www-form-urlencoded"])
def test_a_form_says_its_length(anybody: Client, content_type: str) -> None:
    asked = RequestFactory().post("/accounts/login/", b"x=y", content_type=content_type)
    del asked.META["CONTENT_LENGTH"]  # as with a body in chunks
    answer = _judged(asked)
    assert answer is not None and (answer.status_code, answer.headers["Connection"]) == (411, "close")
    for odd in ("-1", "²", "1e3"):
        assert announce(anybody, "/accounts/login/", odd, content_type).status_code == 411


def _judged(request: Any) -> Any:
    found = resolve(request.path)
    return Bodies(lambda request: HttpResponse()).process_view(request, found.func, found.args, found.kwargs)


@pytest.mark.django_db
@pytest.mark.parametrize("small", [MIB, 100 * MIB])
def test_a_page_takes_the_most_that_its_view_takes(acme: Acme, settings: Any, small: int) -> None:
    settings.MAX_DOCUMENT_BYTES = settings.MAX_ATTACHMENT_BYTES = settings.MAX_JSON_BYTES = small
    most = {
        "/console/sending/new": 100 * small,
        "/console/sending/x/documents/save": 100 * small,
        "/console/records/x/documents/y/files": record_files.AT_ONCE * small,
        "/console/sending/bulk/new": 10 * MIB,
        "/console/templates/new/positions": 50 * MIB,
        "/console/settings/company/picture": 5 * MIB,
    }
    for path, length in most.items():
        asked = RequestFactory().post(path, b"", content_type=FORM)
        asked.META["CONTENT_LENGTH"], asked.user = str(length + MIB), acme.owner
        assert _judged(asked) is None, path
        assert announce(signed_in(acme.owner), path, 101 * max(length, small) + 13 * MIB).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/v1.5/ext/document", "/s/x/signature", "/uploads/x", "/verify", "/c/x", "/api/v1/login"]
)
def test_what_has_a_limit_of_its_own_keeps_it(path: str) -> None:
    asked = RequestFactory().post(path, b"", content_type="application/pdf")
    asked.META["CONTENT_LENGTH"] = str(50 * MIB)
    assert _judged(asked) is None


def test_a_get_that_still_has_the_type_of_a_form_is_answered(client: Client) -> None:
    """As clients send it that were redirected after a form."""
    assert client.get("/accounts/login/", CONTENT_TYPE=FORM).status_code == 200
