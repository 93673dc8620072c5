"""Backup, restore and a move where files lie encrypted."""

from pathlib import Path
from typing import Any

import pytest

from rubrica.files import address, keys, roots, storage
from rubrica.files.envelope import MAGIC
from rubrica.files.models import Blob, StorageKey
from rubrica.files.tests.conftest import encryption as encryption
from rubrica.keeping.moving import move
from rubrica.keeping.places import Refused
from rubrica.keeping.restore import read_through
from rubrica.keeping.tests.conftest import Empty, House, url
from tests import sending
from tests.cast import make_acme
from tests.sending import keep

SECRET = "correct horse battery staple"


@pytest.fixture
def locked(transactional_db: None, encryption: Any, house: House, settings: Any) -> House:
    """Its root key is a file of its data directory."""
    settings.ROOT_KEY_FILE.rename(house.data_dir / "root.key")
    settings.ROOT_KEY_FILE = house.data_dir / "root.key"
    return house


def test_a_backup_has_no_root_key_and_comes_back_under_new_keys(
    locked: House, empty: Empty, settings: Any, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="passphrase"):
        locked.back_up(tmp_path / "plain.tar")
    blobs = {blob.key: sending.content(blob) for blob in Blob.objects.all()}
    saved = locked.back_up(tmp_path / "all.tar", SECRET)
    assert "root.key" not in saved.secrets and not saved.missing

    settings.ROOT_KEY_FILE = empty.data_dir / "root.key"  # the old one is lost with the old machine
    settings.ROOT_KEY_MAY_BEGIN = True
    keys.forget_known()
    found = empty.restore(tmp_path / "all.tar", SECRET)
    assert found.ok and found.seals == 1
    with empty.here():
        assert {blob.key: sending.content(blob) for blob in Blob.objects.all()} == blobs
        assert all((empty.data_dir / "blobs" / key).read_bytes().startswith(MAGIC) for key in blobs)
        assert {row.root for row in StorageKey.objects.all()} == {roots.current().name}


def test_it_comes_back_plain_where_nothing_is_encrypted(
    locked: House, empty: Empty, settings: Any, tmp_path: Path
) -> None:
    locked.back_up(tmp_path / "all.tar", SECRET)
    settings.ENCRYPTION, settings.ROOT_KEY_FILE = False, tmp_path / "none"
    assert empty.restore(tmp_path / "all.tar", SECRET).ok
    with empty.here():
        assert not Blob.objects.filter(encrypted=True).exists()
        assert all(sending.content(blob) for blob in Blob.objects.all())


def test_a_move_keeps_encrypted_what_is_encrypted(transactional_db: None, encryption: Any, tmp_path: Path) -> None:
    blob = keep(make_acme(), b"bytes")
    encryption.ENCRYPTION = False
    encryption.STORAGES = {**encryption.STORAGES}
    target = address.Folder(tmp_path / "elsewhere")
    (target.path / blob.key).parent.mkdir(parents=True)
    (target.path / blob.key).write_bytes(b"bytes")  # of a move before it was encrypted
    for copied in (1, 0):
        found = move(url(), storage.where(), target, dry_run=False, again=False)
        assert (found.ok, found.copied) == (True, copied)
    encryption.STORAGE_URL = str(target)
    encryption.STORAGES = {**encryption.STORAGES}
    assert (target.path / blob.key).read_bytes().startswith(MAGIC)
    assert sending.content(blob) == b"bytes"


def damage(path: Path) -> None:
    found = bytearray(path.read_bytes())
    found[-1] ^= 1
    path.write_bytes(found)


def test_one_damaged_file_stops_neither_backup_nor_move(locked: House, tmp_path: Path) -> None:
    blob = keep(locked.acme, b"damaged")
    count = Blob.objects.count()
    damage(locked.data_dir / "blobs" / blob.key)
    saved = locked.back_up(tmp_path / "all.tar", SECRET)
    assert (saved.ok, saved.broken, saved.new_files) == (False, [blob.key], count - 1)
    assert read_through(str(tmp_path / "all.tar"), SECRET).missing == [blob.key]
    found = move(url(), storage.where(), address.Folder(tmp_path / "new"), dry_run=False, again=False)
    assert (found.broken, found.copied) == ([blob.key], count - 1)


def test_a_damaged_copy_is_made_anew(locked: House, tmp_path: Path) -> None:
    target = address.Folder(tmp_path / "new")
    blob = keep(locked.acme, b"bytes")
    move(url(), storage.where(), target, dry_run=False, again=False)
    damage(target.path / blob.key)
    found = move(url(), storage.where(), target, dry_run=False, again=True)
    assert (found.ok, found.copied) == (True, 1)


def test_a_root_key_that_is_away_ends_the_backup(locked: House, settings: Any, tmp_path: Path) -> None:
    settings.ROOT_KEY_FILE.unlink()
    keys.forget_known()
    with pytest.raises(roots.RootAway):
        locked.back_up(tmp_path / "all.tar", SECRET)
    assert not (tmp_path / "all.tar").exists()
