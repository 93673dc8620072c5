"""Bytes that come in: counted, hashed, synced, typed by content, and gone when they are refused."""

import hashlib
import io
import os

import pytest
from PIL import Image

from rubrica.files import storage
from rubrica.files.intake import HEAD, IntakeRefused, announced_length, arriving, sniff
from tests import pdfs


def refusal(source: io.BytesIO, **limits: int | None) -> str:
    with pytest.raises(IntakeRefused) as caught, arriving(source, **({"limit": 100} | limits)):  # type: ignore[arg-type]
        pass
    assert list(storage.incoming().iterdir()) == []
    return caught.value.code


def test_it_works() -> None:
    content = os.urandom(3_000_000)
    with arriving(io.BytesIO(content), limit=3_000_000, length=3_000_000) as arrived:
        assert (arrived.size, arrived.sha256) == (3_000_000, hashlib.sha256(content).hexdigest())
        assert arrived.path.read_bytes() == content
        assert arrived.path.parent == storage.incoming()
        assert arrived.path.stat().st_mode & 0o777 == 0o600
    assert not arrived.path.exists()


def test_it_is_synced_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    with arriving(io.BytesIO(b"x" * 50), limit=100):
        assert synced[-1] == 50


def test_limits() -> None:
    assert refusal(io.BytesIO(b"x" * 101)) == "FILE_TOO_LARGE"
    assert refusal(io.BytesIO(b""), length=101) == "FILE_TOO_LARGE"
    assert refusal(io.BytesIO(b"")) == "FILE_EMPTY"
    assert refusal(io.BytesIO(b""), length=0) == "FILE_EMPTY"
    assert refusal(io.BytesIO(b"x" * 9), length=10) == "UPLOAD_INCOMPLETE"
    with arriving(io.BytesIO(b"x" * 100), limit=100, length=100):
        pass


def test_no_more_is_read_than_was_announced() -> None:
    source = io.BytesIO(b"x" * 50)
    with arriving(source, limit=100, length=20) as arrived:
        assert (arrived.size, source.tell()) == (20, 20)


def test_a_read_that_fails_is_a_cut() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    assert refusal(Broken(), length=10) == "UPLOAD_INCOMPLETE"


def test_a_full_disk_is_no_refusal_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"), arriving(io.BytesIO(b"x"), limit=9, length=1):
        pass
    assert list(storage.incoming().iterdir()) == []


def test_short_writes_are_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda target, chunk: write(target, bytes(chunk[:7])))
    with arriving(io.BytesIO(b"0123456789" * 10), limit=100) as arrived:
        assert arrived.path.read_bytes() == b"0123456789" * 10


@pytest.mark.parametrize("header", ["", "-1", "1.0", "²", "٣", "1 ", "0x1", "9" * 20, "9" * 9999])
def test_lengths_that_are_none(header: str) -> None:
    with pytest.raises(IntakeRefused) as caught:
        announced_length(header)
    assert (caught.value.code, caught.value.status) == ("LENGTH_REQUIRED", 411)


def test_lengths() -> None:
    assert (announced_length("0"), announced_length("007"), announced_length("9" * 19)) == (0, 7, 9999999999999999999)


def image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (pdfs.contract(), "application/pdf"),
        (image("PNG"), "image/png"),
        (image("JPEG"), "image/jpeg"),
        (image("WEBP"), "image/webp"),
        (image("GIF"), "image/gif"),
        (image("TIFF"), "image/tiff"),
        (b"plain", "text/plain"),
        ("ñ".encode(), "text/plain"),
        ("名".encode() * HEAD, "text/plain"),
        (b"a" + "🖋".encode() * HEAD, "text/plain"),
        (b"<svg/>", "text/plain"),
        (b"a\0b", "application/octet-stream"),
        (b"\xff\xff\xff", "application/octet-stream"),
        (b"caf\xe9", "application/octet-stream"),
        ("ñ".encode()[:1], "application/octet-stream"),
        (b"MZ\x90\0\3", "application/x-msdownload"),
    ],
    ids=range(16),
)
def test_types_by_content(head: bytes, media_type: str) -> None:
    assert sniff(head[:HEAD]) == media_type


def test_no_head_makes_the_sniffer_fail() -> None:
    for magic in (
        b"PK\3\4",
        b"%PDF",
        b"\xff\xd8\xff",
        b"RIFF",
        b"\0\0\0\x18ftyp",
        b"II*\0",
        b"\x1f\x8b",
        b"OggS",
        b"ID3",
    ):
        for length in range(40):
            sniff(magic + b"\xff" * length)
            sniff(magic[:length] + b"\0" * length)
