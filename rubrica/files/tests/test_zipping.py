import hashlib
import io
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rubrica.files import zipping
from rubrica.files.zipping import Entry, Zip

NOON = datetime(2026, 11, 12, 12, 34, 56, tzinfo=UTC)


def zipped(*entries: Entry) -> bytes:
    archive = Zip(NOON)
    parts = [part for entry in entries for part in archive.entry(entry)]
    return b"".join([*parts, *archive.end()])


def chunks(*parts: bytes) -> Iterator[bytes]:
    yield from parts


def test_it_works() -> None:
    data = zipped(
        Entry("mimetype", lambda: b"application/x", plain=True),
        Entry("a/words.txt", lambda: b"word " * 1000),
        Entry("a/photo.jpg", lambda: chunks(b"x" * 70_000, b"", b"y" * 70_000), 140_000),
        Entry("a/空.txt", lambda: chunks()),
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["mimetype", "a/words.txt", "a/photo.jpg", "a/空.txt"]
        assert archive.read("a/words.txt") == b"word " * 1000
        assert archive.read("a/photo.jpg") == b"x" * 70_000 + b"y" * 70_000
        assert archive.read("a/空.txt") == b""
        assert archive.getinfo("a/words.txt").date_time == (2026, 11, 12, 12, 34, 56)
        assert archive.getinfo("a/words.txt").compress_size < 200


def test_what_is_plain_lies_at_its_place() -> None:
    """EN 319 162-1 annex A: the first entry can be read without unpacking anything."""
    data = zipped(Entry("mimetype", lambda: b"application/x", plain=True), Entry("b", lambda: b"b"))
    assert data[30:51] == b"mimetypeapplication/x"
    assert data[6:10] == b"\0\0\0\0"  # no flags, stored


def test_it_can_be_read_from_its_beginning() -> None:
    """By who goes through the local headers alone: sizes that follow stand behind deflated bytes only."""
    if (tool := shutil.which("bsdtar") or shutil.which("funzip")) is None:
        pytest.skip("neither bsdtar nor funzip is installed")
    data = zipped(Entry("first", lambda: chunks(b"x" * 200_000), 200_000), Entry("second", lambda: b"2"))
    options = ["-xOf", "-"] if tool.endswith("bsdtar") else []
    said = subprocess.run([tool, *options], input=data, capture_output=True, check=False).stdout
    assert said.startswith(b"x" * 200_000)


def test_what_went_out_is_told() -> None:
    archive = Zip(NOON)
    for entry in (Entry("a", lambda: b"one"), Entry("b", lambda: chunks(b"t", b"wo"))):
        list(archive.entry(entry))
    digests = [hashlib.sha256(data).hexdigest() for data in (b"one", b"two")]
    assert [(item.path, item.size, item.sha256) for item in archive.written] == [
        ("a", 3, digests[0]),
        ("b", 3, digests[1]),
    ]


def test_large_files_and_large_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 64-bit forms, with limits that a test can reach."""
    monkeypatch.setattr(zipping, "LARGE", 1000)
    data = zipped(Entry("large", lambda: chunks(b"z" * 5000), 5000), Entry("unknown", lambda: chunks(b"u" * 10)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.read("large") == b"z" * 5000
        assert archive.getinfo("large").extract_version == 45


def test_many_entries() -> None:
    data = zipped(*(Entry(f"{number}", lambda: b"") for number in range(70_000)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 70_000
        assert archive.read("69999") == b""


def test_behind_four_gigabytes(tmp_path: Path) -> None:
    """Places there need 64 bits. What is before them is a hole in the file, which costs no space."""
    path = tmp_path / "large.zip"
    archive = Zip(NOON, _offset=5 << 30)
    with path.open("wb") as file:
        file.seek(5 << 30)
        for entry in (Entry("a", lambda: chunks(b"a" * 9), 9), Entry("b", lambda: b"b")):
            file.writelines(archive.entry(entry))
        file.writelines(archive.end())
    with zipfile.ZipFile(path) as read:
        assert (read.read("a"), read.read("b")) == (b"a" * 9, b"b")


def test_it_holds_one_chunk_at_a_time() -> None:
    archive = Zip(NOON)
    chunk = bytes(1 << 20)
    tracemalloc.start()
    try:
        for _part in archive.entry(Entry("large", lambda: (chunk for _ in range(64)), 64 << 20)):
            pass
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
