"""What every storage must do, and what the local one does for the day of the power cut."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage

from rubrica.files import storage
from rubrica.files.encrypted import EncryptedStorage
from rubrica.files.s3 import S3Storage
from rubrica.files.storage import LocalStorage, OnDisk
from rubrica.files.tests.conftest import opened
from tests import s3

KEY = "7/ab/abcdef"


@pytest.fixture
def in_bucket(server: str, bucket: str) -> S3Storage:
    return opened(s3.url(server, bucket, "of/ours"))


Ours = LocalStorage | S3Storage | EncryptedStorage
OURS = [
    "local",
    "bucket",
    pytest.param("encrypted", marks=pytest.mark.django_db),
    pytest.param("encrypted bucket", marks=pytest.mark.django_db),
]


@pytest.fixture(params=["memory", *OURS])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Storage | EncryptedStorage:
    return InMemoryStorage() if request.param == "memory" else made(request, tmp_path)


@pytest.fixture(params=OURS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Ours:
    return made(request, tmp_path)


def made(request: pytest.FixtureRequest, tmp_path: Path) -> Ours:
    kind = str(request.param)
    inner = request.getfixturevalue("in_bucket") if "bucket" in kind else LocalStorage(tmp_path / "blobs")
    if "encrypted" in kind:
        request.getfixturevalue("encryption")
        return EncryptedStorage(inner, encrypts=True)
    found: Ours = inner
    return found


# The contract


def test_what_is_saved_is_there(kept: Storage | EncryptedStorage) -> None:
    assert not kept.exists(KEY)
    assert kept.save(KEY, ContentFile(b"\0bytes\xff")) == KEY
    assert kept.exists(KEY)
    with kept.open(KEY) as file:
        assert file.read() == b"\0bytes\xff"
    assert kept.size(KEY) == 7


def test_a_part_can_be_read(kept: Storage | EncryptedStorage) -> None:
    kept.save(KEY, ContentFile(b"0123456789"))
    with kept.open(KEY) as file:
        file.seek(4)
        assert file.read(3) == b"456"


def test_a_finished_file_is_taken_over(kept: Storage | EncryptedStorage, tmp_path: Path) -> None:
    source = tmp_path / "arrived"
    source.write_bytes(b"x" * 3_000_000)
    with source.open("rb") as file:
        assert kept.save(KEY, OnDisk(file, str(source))) == KEY
    with kept.open(KEY) as stored:
        assert stored.read() == b"x" * 3_000_000


def test_nothing_is_gone_twice(kept: Storage | EncryptedStorage) -> None:
    kept.save(KEY, ContentFile(b"x"))
    kept.delete(KEY)
    assert not kept.exists(KEY)
    kept.delete(KEY)


def test_what_is_not_there_cannot_be_opened(kept: Storage | EncryptedStorage) -> None:
    with pytest.raises(FileNotFoundError):
        kept.open(KEY)


def test_many_chunks(kept: Storage | EncryptedStorage) -> None:
    kept.save(KEY, ContentFile(b"ab" * 500_000))
    assert kept.size(KEY) == 1_000_000


def test_an_open_file_is_read_as_any_other(kept: Storage | EncryptedStorage) -> None:
    kept.save(KEY, ContentFile(b"0123456789" * 100_000))
    with kept.open(KEY) as file:
        assert file.read(3) == b"012"
        assert file.seek(-3, os.SEEK_END) == 999_997 and file.read() == b"789"
        assert file.read(1) == b""
        file.seek(15)
        assert (file.read(2), file.tell()) == (b"56", 17)


def test_nothing_of_it_is_written_by_a_reader(ours: Ours) -> None:
    ours.save(KEY, ContentFile(b"once"))
    ours.save("8/cd/cdef", ContentFile(b"other"))
    found = dict(ours.keys())
    assert sorted(found) == [KEY, "8/cd/cdef"]
    assert found == {key: 88 + size if isinstance(ours, EncryptedStorage) else size for key, size in (
        (KEY, 4), ("8/cd/cdef", 5)
    )}  # fmt: skip
    assert (ours.size(KEY), ours.size("8/cd/cdef")) == (4, 5)


def test_a_part_begins_where_it_was_asked_to(ours: Ours) -> None:
    ours.save(KEY, ContentFile(b"0123456789"))
    with ours.part(KEY, 4, 6) as file:
        assert file.read(3) == b"456"
    with ours.part(KEY, 9, 9) as file:
        assert file.read(1) == b"9"
    with pytest.raises(FileNotFoundError):
        ours.part("7/ab/nothing", 0, 1)


def test_a_part_anywhere_in_a_large_file(ours: Ours) -> None:
    content = os.urandom(300_000)
    ours.save(KEY, ContentFile(content))
    for first, last in [(0, 10), (65_535, 65_536), (65_536, 131_071), (131_072, 299_999), (299_999, 299_999)]:
        with ours.part(KEY, first, last) as file:
            assert file.read(last - first + 1) == content[first : last + 1]


def test_another_content_takes_its_place_where_that_is_asked_for(ours: Ours) -> None:
    ours.save(KEY, ContentFile(b"first"))
    ours.replace(KEY, ContentFile(b"second one"))
    with ours.open(KEY) as file:
        assert file.read() == b"second one"
    assert list(dict(ours.keys())) == [KEY]


def test_a_size_of_nothing_is_no_size(ours: Ours) -> None:
    with pytest.raises(FileNotFoundError):
        ours.size(KEY)


# The local one


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every fsync and rename in their order."""
    found: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def recorded_fsync(descriptor: int) -> None:
        found.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}")))
        fsync(descriptor)

    def recorded_replace(source: Any, target: Any) -> None:
        found.append(("replace", str(target)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    return found


def test_a_rename_and_then_every_folder_up_to_the_root(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    root, source = tmp_path / "blobs", tmp_path / "arrived"
    source.write_bytes(b"x")
    with source.open("rb") as file:
        LocalStorage(root).save(KEY, OnDisk(file, str(source)))
    folders = [("fsync", f"{root}/7/ab"), ("fsync", f"{root}/7"), ("fsync", f"{root}")]
    assert calls == [("replace", f"{root}/{KEY}"), *folders]


def test_other_content_is_synced_before_it_gets_its_name(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    root = tmp_path / "blobs"
    LocalStorage(root).save(KEY, ContentFile(b"x"))
    (first, part), second = calls[0], calls[1]
    assert first == "fsync" and part.startswith(f"{root}/7/ab/.abcdef.")
    assert second == ("replace", f"{root}/{KEY}")
    assert [path.name for path in (root / "7/ab").iterdir()] == ["abcdef"]


def test_a_write_that_fails_leaves_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        LocalStorage(tmp_path).save(KEY, ContentFile(b"x"))
    assert list((tmp_path / "7/ab").iterdir()) == []


def test_the_folder_of_arrivals_outlives_a_power_cut(tmp_path: Path, calls: list[tuple[str, str]]) -> None:
    storage.incoming()
    assert calls == [("fsync", f"{tmp_path}/blobs"), ("fsync", f"{tmp_path}")]
    storage.incoming()
    assert len(calls) == 2


def test_nobody_else_on_the_machine_reads_blobs(tmp_path: Path) -> None:
    LocalStorage(tmp_path).save(KEY, ContentFile(b"x"))
    source = tmp_path / "arrived"
    descriptor = os.open(source, os.O_CREAT | os.O_WRONLY, 0o600)
    os.close(descriptor)
    with source.open("rb") as file:
        LocalStorage(tmp_path).save("7/ab/second", OnDisk(file, str(source)))
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "7/ab").iterdir()} <= {0}


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../outside"])
def test_no_key_leads_outside(tmp_path: Path, key: str) -> None:
    with pytest.raises(Exception, match="path"):
        LocalStorage(tmp_path / "blobs").save(key, ContentFile(b"x"))


def test_what_still_arrives_is_no_key(tmp_path: Path) -> None:
    (storage.incoming() / "half").write_bytes(b"x")
    assert list(LocalStorage(tmp_path / "blobs").keys()) == []
