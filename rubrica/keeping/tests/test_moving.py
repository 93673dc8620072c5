"""Every file to another storage while the service runs: whole or not at all, and again where it stopped."""

from pathlib import Path
from typing import Any

import pytest

from rubrica.files import address, storage
from rubrica.files.models import KEEPING, Blob
from rubrica.keeping import database
from rubrica.keeping.moving import Report, move
from rubrica.keeping.places import Refused
from rubrica.keeping.tests.conftest import url
from tests import sending
from tests.cast import Acme, make_acme
from tests.sending import keep


@pytest.fixture
def acme(transactional_db: None) -> Acme:
    return make_acme()


@pytest.fixture
def target(tmp_path: Path) -> address.Folder:
    return address.Folder(tmp_path / "elsewhere")


def moved(target: address.Folder, **how: bool) -> Report:
    return move(url(), storage.where(), target, dry_run=how.get("dry_run", False), again=how.get("again", False))


def test_it_works(acme: Acme, target: address.Folder, settings: Any) -> None:
    blobs = [keep(acme, b"one"), keep(acme, b"another")]
    found = moved(target)
    assert (found.ok, found.files, found.copied, found.copied_bytes) == (True, 2, 2, 10)
    assert [sending.content(blob) for blob in blobs] == [b"one", b"another"]  # it is still where it was
    settings.STORAGE_URL = str(target)
    settings.STORAGES = {**settings.STORAGES}
    assert [sending.content(blob) for blob in blobs] == [b"one", b"another"]


def test_a_second_pass_takes_what_came_meanwhile(acme: Acme, target: address.Folder) -> None:
    keep(acme, b"one")
    moved(target)
    keep(acme, b"late")
    found = moved(target)
    assert (found.files, found.copied) == (2, 1)
    assert moved(target).copied == 0


def test_half_of_an_earlier_try_is_replaced(acme: Acme, target: address.Folder) -> None:
    blob = keep(acme, b"the whole file")
    half = target.path / blob.key
    half.parent.mkdir(parents=True)
    half.write_bytes(b"the wh")
    assert moved(target).copied == 1
    assert half.read_bytes() == b"the whole file"
    assert [path.name for path in half.parent.iterdir()] == [half.name]


def test_other_bytes_of_the_same_size_are_found_where_that_is_asked(acme: Acme, target: address.Folder) -> None:
    blob = keep(acme, b"the whole file")
    moved(target)
    (target.path / blob.key).write_bytes(b"the other file")
    assert moved(target).copied == 0
    assert moved(target, again=True).copied == 1
    assert (target.path / blob.key).read_bytes() == b"the whole file"


def test_what_is_broken_or_missing_is_named_and_not_copied(acme: Acme, target: address.Folder, tmp_path: Path) -> None:
    lost, broken, good = keep(acme, b"lost"), keep(acme, b"sound"), keep(acme, b"good")
    (tmp_path / "blobs" / lost.key).unlink()
    (tmp_path / "blobs" / broken.key).write_bytes(b"other")
    found = moved(target)
    assert (found.ok, found.missing, found.broken, found.copied) == (False, [lost.key], [broken.key], 1)
    assert [path.name for path in target.path.rglob("*") if path.is_file()] == [good.sha256]


def test_an_empty_file_is_broken_and_the_others_are_copied(acme: Acme, target: address.Folder, tmp_path: Path) -> None:
    empty, _ = keep(acme, b"sound"), keep(acme, b"good")
    (tmp_path / "blobs" / empty.key).write_bytes(b"")
    found = moved(target)
    assert (found.ok, found.broken, found.copied) == (False, [empty.key], 1)


def test_a_rehearsal_copies_nothing(acme: Acme, target: address.Folder) -> None:
    keep(acme, b"one")
    assert moved(target, dry_run=True).copied == 1
    assert not target.path.exists()


def test_not_while_a_backup_runs(acme: Acme, target: address.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_SECONDS", 1)
    with database.alone(url(), KEEPING), pytest.raises(Refused, match="Another backup or move"):
        moved(target)
    assert Blob.objects.count() == 0
