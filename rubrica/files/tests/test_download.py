"""A signed address of one blob: how it is served, and when it is not."""

import re
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from rubrica.files.links import LinkRefused, download_url, read
from rubrica.files.models import Blob
from tests import sending
from tests.cast import Acme

CONTENT = bytes(range(256)) * 8


@pytest.fixture
def blob(acme: Acme) -> Blob:
    return sending.keep(acme, CONTENT)


def path(blob: Blob, name: str = "cédula.pdf") -> str:
    return download_url(blob.pk, name).removeprefix("http://127.0.0.1:8000")


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_it_works(client: Client, blob: Blob) -> None:
    answer = client.get(path(blob))
    assert (answer.status_code, body(answer)) == (200, CONTENT)
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Type"] == blob.media_type == "application/octet-stream"


def test_no_browser_runs_what_it_gets(client: Client, blob: Blob) -> None:
    with closing(client.get(path(blob))) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"c_dula.pdf\"; filename*=UTF-8''c%C3%A9dula.pdf"
        )


@pytest.mark.parametrize(
    "name", ['a"; x="b.pdf', "a\r\nSet-Cookie: x=1.pdf", "a/b\\c.pdf", "李明 🖋.pdf", "..", "?#%2F.pdf"]
)
def test_hostile_names_stay_names(client: Client, blob: Blob, name: str) -> None:
    with closing(client.get(path(blob, name))) as answer:
        assert answer.status_code == 200
        header = answer.headers["Content-Disposition"]
        assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9._ -]*\"; filename\*=UTF-8''[\w.~%-]*", header)


def test_head_tells_the_length(client: Client, blob: Blob) -> None:
    answer = client.head(path(blob))
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(CONTENT)))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=2000-", 2000, 2047),
        ("bytes=-5", 2043, 2047),
        ("bytes=-9999", 0, 2047),
        ("bytes=2047-99999999999999999999", 2047, 2047),
    ],
)
def test_one_range(client: Client, blob: Blob, asked: str, first: int, last: int) -> None:
    answer = client.get(path(blob), headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (206, CONTENT[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/2048"
    assert answer.headers["Content-Length"] == str(last - first + 1)


@pytest.mark.parametrize("asked", ["bytes=2048-", "bytes=5-4", "bytes=-0", "bytes=" + "9" * 5000 + "-"])
def test_a_range_that_is_not_there(client: Client, blob: Blob, asked: str) -> None:
    answer = client.get(path(blob), headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */2048")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=a-b", "bytes", "0-5"])
def test_what_is_no_range_gives_the_whole(client: Client, blob: Blob, asked: str) -> None:
    answer = client.get(path(blob), headers={"Range": asked})
    assert (answer.status_code, body(answer)) == (200, CONTENT)


def test_it_expires(client: Client, blob: Blob, settings: Any) -> None:
    address = path(blob)
    settings.DOWNLOAD_URL_SECONDS = 1
    assert read(address.split("/")[2]).blob_id == blob.pk
    time.sleep(1.1)
    answer = client.get(address)
    assert (answer.status_code, answer.json()["message"]) == (403, "LINK_EXPIRED")


def test_it_lives_five_minutes(settings: Any) -> None:
    assert settings.DOWNLOAD_URL_SECONDS == 300


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: "A" + t, lambda t: t.upper(), lambda t: t + "%00", len])
def test_a_forged_link(client: Client, blob: Blob, change: Any) -> None:
    token = path(blob).split("/")[2]
    answer = client.get(f"/files/{change(token)}/a.pdf")
    assert (answer.status_code, answer.json()["message"]) == (403, "LINK_EXPIRED")


def test_the_signature_is_for_this_blob_and_this_use(blob: Blob) -> None:
    from django.core import signing

    for forged in (signing.dumps([blob.pk, "a"]), signing.dumps([blob.pk, "a"], salt="rubrica.files.upload"), ""):
        with pytest.raises(LinkRefused):
            read(forged)


def test_the_name_in_the_address_decides_nothing(client: Client, blob: Blob) -> None:
    token = path(blob).split("/")[2]
    with closing(client.get(f"/files/{token}/evil.html")) as answer:
        assert "evil" not in answer.headers["Content-Disposition"]


def test_what_is_no_longer_kept(client: Client, blob: Blob) -> None:
    address = path(blob)
    blob.delete()
    answer = client.get(address)
    assert (answer.status_code, answer.json()["message"]) == (404, "NOT_FOUND")


def test_lost_bytes_are_no_half_answer(blob: Blob, tmp_path: Path) -> None:
    (tmp_path / "blobs" / blob.key).unlink()
    assert Client(raise_request_exception=False).get(path(blob)).status_code == 500


def test_only_reading(client: Client, blob: Blob) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert client.generic(method, path(blob)).status_code == 405
