"""Blobs in a bucket: kept once and before their row, purged, served in parts or straight from there."""

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.files.base import ContentFile
from django.test import Client

from rubrica.doctor import holdings
from rubrica.files import links, models, storage
from rubrica.files.models import Blob
from rubrica.files.s3 import S3Storage
from rubrica.files.tests.conftest import opened
from rubrica.processes import upkeep
from rubrica.web.errors import StorageAway
from tests import s3, sending
from tests.cast import Acme
from tests.sending import keep
from tools.demo import free_port

KEY = "7/ab/abcdef"


@pytest.fixture
def remote(settings: Any, server: str, bucket: str, tmp_path: Path) -> S3Storage:
    """Set as the installation's storage."""
    settings.DATA_DIR = tmp_path / "data"
    settings.STORAGE_URL = s3.url(server, bucket)
    settings.STORAGES = {**settings.STORAGES}  # Django makes its storages anew
    return opened(settings.STORAGE_URL)


def test_a_blob_lies_in_the_bucket_and_nowhere_on_the_disk(acme: Acme, remote: S3Storage, tmp_path: Path) -> None:
    blob = keep(acme, b"%PDF-1.7 bytes")
    assert list(remote.keys()) == [(blob.key, 14)]
    assert sending.content(blob) == b"%PDF-1.7 bytes"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_bytes_go_up_once(acme: Acme, remote: S3Storage, server: str, settings: Any) -> None:
    blob = keep(acme, b"same")
    first = s3.client(server).head_object(Bucket=remote.bucket_name, Key=blob.key)["LastModified"]
    s3.client(server).put_object(Bucket=remote.bucket_name, Key=blob.key, Body=b"mark")
    assert keep(acme, b"same") == blob
    with remote.open(blob.key) as file:
        assert file.read() == b"mark"  # it was not sent again
    assert first is not None


def test_a_purge_takes_them_out_of_the_bucket(acme: Acme, remote: S3Storage) -> None:
    keep(acme, b"bytes")
    Blob.objects.update(created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert upkeep.purge_blobs() == 1
    assert list(remote.keys()) == []


def test_a_purge_between_bytes_and_row_is_noticed(
    acme: Acme, remote: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock is what the two have in common; the edge is patched so that the purge comes just before it."""
    purged: list[str] = []
    real = models.lock

    def late(key: str) -> None:
        if not purged:
            purged.append(key)
            remote.delete(key)
        real(key)

    monkeypatch.setattr(models, "lock", late)
    blob = keep(acme, b"bytes")
    assert purged == [blob.key]
    assert sending.content(blob) == b"bytes"


def test_nothing_is_stored_where_the_bucket_is_away(acme: Acme, settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.STORAGE_URL = s3.url(f"http://127.0.0.1:{free_port()}", "papers", attempts="1")
    settings.STORAGES = {**settings.STORAGES}
    with pytest.raises(StorageAway):
        keep(acme, b"bytes")
    assert not Blob.objects.exists()
    assert list(storage.incoming().iterdir()) == []


def test_an_address_of_the_bucket_gives_a_download_and_nothing_that_a_browser_runs(
    remote: S3Storage, server: str
) -> None:
    remote.save(KEY, ContentFile(b"<script>"))
    url = remote.direct_url(KEY, 60, 'attachment; filename="a.pdf"', "application/pdf")
    asked = parse_qs(urlsplit(url).query)
    assert asked["X-Amz-Expires"] == ["60"]
    answer = httpx.get(url)
    assert answer.content == b"<script>"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer.headers["Content-Type"].startswith("application/pdf")


def test_a_download_comes_through_this_server_in_parts(acme: Acme, remote: S3Storage, client: Client) -> None:
    blob = keep(acme, b"0123456789")
    answer = client.get(path_of(blob), headers={"Range": "bytes=4-6"})
    assert (answer.status_code, answer.getvalue(), answer["Content-Range"]) == (206, b"456", "bytes 4-6/10")
    assert client.get(path_of(blob)).getvalue() == b"0123456789"


def test_or_straight_from_the_bucket_where_that_is_set(
    acme: Acme, remote: S3Storage, client: Client, settings: Any
) -> None:
    settings.STORAGE_DIRECT_BYTES = 10
    small, large = keep(acme, b"123456789"), keep(acme, b"0123456789")
    assert client.get(path_of(small)).status_code == 200
    answer = client.get(path_of(large))
    assert answer.status_code == 302 and answer["Referrer-Policy"] == "no-referrer"
    direct = httpx.get(answer["Location"])
    assert direct.content == b"0123456789"
    assert direct.headers["Content-Disposition"].startswith("attachment; ")


def path_of(blob: Blob) -> str:
    return urlsplit(links.download_url(blob.pk, "a.txt")).path


def test_lost_bytes_are_no_half_answer(acme: Acme, remote: S3Storage, client: Client) -> None:
    blob = keep(acme, b"bytes")
    remote.delete(blob.key)
    with pytest.raises(FileNotFoundError):
        client.get(path_of(blob))


def test_a_bucket_that_is_away_is_503_and_says_when_to_come_again(acme: Acme, remote: S3Storage, settings: Any) -> None:
    path = path_of(keep(acme, b"bytes"))
    settings.STORAGE_URL = s3.url(f"http://127.0.0.1:{free_port()}", "papers", attempts="1")
    settings.STORAGES = {**settings.STORAGES}
    answer = Client(raise_request_exception=False).get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")


def test_the_doctor_finds_a_bucket_and_names_no_secret(remote: S3Storage, settings: Any) -> None:
    found = holdings.storage()
    assert (found.status, list(remote.keys())) == ("ok", [])
    settings.STORAGE_URL = s3.url(f"http://127.0.0.1:{free_port()}", "papers", attempts="1")
    settings.STORAGES = {**settings.STORAGES}
    found = holdings.storage()
    assert found.status == "failure" and "s3://papers at http://127.0.0.1" in found.sentence
    assert "secret" not in found.sentence + found.do
