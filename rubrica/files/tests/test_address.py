"""What the address of a storage may say; whatever is wrong in it is said at the start, and not at the first file."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rubrica.files import address
from rubrica.files.address import Bucket, Folder
from rubrica.files.s3 import S3Storage


def test_it_works(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    found = address.read(
        "s3://KEY:se%2Fcret@papers/of/ours?endpoint=https://s3.example:9000&region=eu-south-2&style=path"
        f"&ca={tmp_path}/ca.pem&checksums=when_required&seconds=5&attempts=2"
    )
    assert found == Bucket(
        "papers", "of/ours", "https://s3.example:9000", "eu-south-2", "path", f"{tmp_path}/ca.pem", "when_required",
        5, 2, "KEY", "se/cret",
    )  # fmt: skip


def test_a_folder_may_have_blanks_in_its_name() -> None:
    assert address.read("file:///srv/my%20blobs") == Folder(Path("/srv/my blobs"))


def test_the_login_of_the_settings_is_used_where_the_address_has_none() -> None:
    found = address.read("s3://papers", "key", "secret")
    assert isinstance(found, Bucket) and (found.key, found.secret) == ("key", "secret")
    found = address.read("s3://mine:own@papers", "key", "secret")
    assert isinstance(found, Bucket) and (found.key, found.secret) == ("mine", "own")


def test_the_login_is_never_shown() -> None:
    found = address.read("s3://mine:hidden@papers/a?endpoint=http://127.0.0.1:9")
    assert str(found) == "s3://papers/a at http://127.0.0.1:9"
    assert "hidden" not in repr(found)


@pytest.mark.parametrize("url", ["/plain/path", "file://", "ftp://x/y", "file://host/share", "S4://bucket"])
def test_other_schemes_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(SystemExit, match="RUBRICA_STORAGE_URL must be"):
        address.read(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3:///prefix", "no name of a bucket"),
        ("s3://My_Bucket", "no name of a bucket"),
        ("s3://papers?endpoint=s3.example", "endpoint that is no address"),
        ("s3://papers?endpoint=https://user:pass@s3.example", "endpoint that is no address"),
        ("s3://papers?style=vhost", "choose auto, path, virtual"),
        ("s3://papers?ca=/no/such/file.pem", "not there: /no/such/file.pem"),
        ("s3://papers?seconds=soon", "a number from 1 to 600"),
        ("s3://papers?attempts=0", "a number from 1 to 20"),
        ("s3://papers?regoin=eu", "nobody knows: regoin"),
        ("s3://key@papers", "one half of a login"),
    ],
)
def test_what_cannot_be_used_is_said(url: str, words: str) -> None:
    with pytest.raises(SystemExit, match=f"^RUBRICA_STORAGE_URL .*{words}"):
        address.read(url)


@pytest.mark.parametrize("style", ["auto", "path", "virtual"])
@pytest.mark.parametrize("place", ["region=eu-south-2", "region=us-east-1", "endpoint=https://s3.example:9000&region=x",
                                   "endpoint=http://127.0.0.1:9000&region=x"])  # fmt: skip
def test_browsers_meet_it_where_uploads_are_signed_for(style: str, place: str) -> None:
    bucket = address.read(f"s3://key:secret@papers/ours?{place}&style={style}")
    assert isinstance(bucket, Bucket)
    signed = urlsplit(S3Storage(bucket).upload_url("1/ab/name", 60, 10, "text/plain"))
    assert bucket.origins() == (f"{signed.scheme}://{signed.netloc}",)
