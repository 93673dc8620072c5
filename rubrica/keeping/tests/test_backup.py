"""A backup comes back whole on an empty machine, or says what is not; nothing takes half of one for a whole."""

import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile

from rubrica import clock
from rubrica.files.models import KEEPING, UNUSED_FOR, Blob
from rubrica.files.storage import LocalStorage, storage
from rubrica.keeping import backup, database
from rubrica.keeping.cipher import Unreadable
from rubrica.keeping.places import Refused
from rubrica.keeping.restore import read_through
from rubrica.keeping.tests.conftest import Empty, House, url
from rubrica.processes.models import Document, Process
from rubrica.web.errors import StorageAway
from tests import sending
from tests.sending import keep
from tests.server import eventually

SECRET = "correct horse battery staple"


def test_it_works(house: House, empty: Empty, tmp_path: Path) -> None:
    blobs = {blob.key: sending.content(blob) for blob in Blob.objects.all()}
    saved = house.back_up(tmp_path / "all.tar")
    assert (saved.files, saved.new_files, saved.missing, saved.secrets[-1]) == (
        len(blobs),
        len(blobs),
        [],
        "secret.key",
    )
    assert (tmp_path / "all.tar").stat().st_mode & 0o077 == 0

    found = empty.restore(tmp_path / "all.tar")
    assert found.ok and (found.files, found.seals) == (len(blobs), 1)
    with empty.here():
        assert {blob.key: sending.content(blob) for blob in Blob.objects.all()} == blobs
        assert Process.objects.get().public_id == house.process.public_id
    assert (empty.data_dir / "secret.key").read_text() == (house.data_dir / "secret.key").read_text()
    assert not (empty.data_dir / "restoring.json").exists()


def test_a_folder_takes_only_what_is_new(house: House, empty: Empty, tmp_path: Path) -> None:
    folder = f"{tmp_path}/kept/"
    first = house.back_up(folder, SECRET)
    assert (first.new_files, house.back_up(folder, SECRET, dry_run=True).new_files) == (first.files, 0)
    blob = keep(house.acme, b"something new")
    second = house.back_up(folder, SECRET)
    assert (second.new_files, second.new_bytes, second.files) == (1, 13, first.files + 1)

    assert empty.restore(folder, SECRET).ok
    with empty.here():
        assert sending.content(Blob.objects.get(pk=blob.pk)) == b"something new"


def test_nothing_can_be_read_without_the_passphrase(house: House, empty: Empty, tmp_path: Path) -> None:
    blob = keep(house.acme, b"my identity card")
    house.back_up(f"{tmp_path}/kept/", SECRET)
    house.back_up(tmp_path / "all.tar", SECRET)
    for path in [*(tmp_path / "kept").rglob("*"), tmp_path / "all.tar"]:
        assert blob.sha256 not in str(path)
        if path.is_file():
            content = path.read_bytes()
            assert b"identity card" not in content and b"ustar" not in content and blob.sha256.encode() not in content
    for source, words in ((tmp_path / "kept", "passphrase is wrong"), (tmp_path / "all.tar", "passphrase is wrong")):
        with pytest.raises(Unreadable, match=words):
            empty.restore(source, "another")
        with pytest.raises(Refused, match="is encrypted"):
            empty.restore(source)
    assert not empty.data_dir.exists()


def test_a_cut_archive_is_noticed_and_the_whole_one_goes_on_from_there(
    house: House, empty: Empty, tmp_path: Path
) -> None:
    house.back_up(tmp_path / "all.tar")
    whole = (tmp_path / "all.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[: int(len(whole) * 0.9)])
    with pytest.raises(Unreadable):
        empty.restore(tmp_path / "cut.tar")
    assert (empty.data_dir / "restoring.json").exists()
    assert empty.restore(tmp_path / "all.tar").ok
    assert not (empty.data_dir / "restoring.json").exists()


def test_a_backup_that_was_not_finished_is_none(house: House, empty: Empty, tmp_path: Path) -> None:
    """Its end is there, as an archive goes, but not the last thing that is written."""
    house.back_up(tmp_path / "all.tar")
    with tarfile.open(tmp_path / "all.tar") as whole, tarfile.open(tmp_path / "less.tar", "w") as less:
        for member in whole:
            if member.name != "complete.json":
                less.addfile(member, whole.extractfile(member))
    with pytest.raises(Unreadable, match="not finished"):
        empty.restore(tmp_path / "less.tar")
    with pytest.raises(Unreadable, match="not finished"):
        read_through(str(tmp_path / "less.tar"), "")


def test_one_changed_byte_of_a_file_is_named_and_not_restored(house: House, empty: Empty, tmp_path: Path) -> None:
    blob = keep(house.acme, b"the very words of this file")
    house.back_up(tmp_path / "all.tar")
    stored = (tmp_path / "all.tar").read_bytes()
    (tmp_path / "all.tar").write_bytes(stored.replace(b"the very words", b"the fairy word"))
    assert read_through(str(tmp_path / "all.tar"), "").broken == [blob.key]
    found = empty.restore(tmp_path / "all.tar")
    assert (found.ok, found.broken) == (False, [blob.key])
    assert not (empty.data_dir / "blobs" / blob.key).exists()


def test_a_seal_that_does_not_hold_is_named(house: House, empty: Empty, tmp_path: Path) -> None:
    """Its bytes are those that were stored, so their hash says nothing."""
    sealed = Document.objects.select_related("sealed").get()
    assert sealed.sealed is not None
    content = sending.content(sealed.sealed)
    other = keep(house.acme, content.replace(b"%PDF-1", b"%PDF-2", 1)[:-40])
    Document.objects.update(sealed=other)
    house.back_up(tmp_path / "all.tar")
    found = empty.restore(tmp_path / "all.tar")
    assert (found.ok, found.not_intact) == (False, [sealed.code])


def test_a_file_that_the_storage_has_lost_is_named(house: House, empty: Empty, tmp_path: Path) -> None:
    blob = keep(house.acme, b"lost")
    storage().delete(blob.key)
    for target in (tmp_path / "all.tar", f"{tmp_path}/kept/"):
        assert house.back_up(target).missing == [blob.key]
    assert empty.restore(tmp_path / "kept").missing == [blob.key]


def test_a_file_that_was_cut_is_named_and_the_others_are_saved(house: House, empty: Empty, tmp_path: Path) -> None:
    cut, blank = keep(house.acme, b"cut"), keep(house.acme, b"blank")
    (house.data_dir / "blobs" / cut.key).write_bytes(b"c")
    (house.data_dir / "blobs" / blank.key).write_bytes(b"")
    for target in (tmp_path / "all.tar", f"{tmp_path}/kept/"):
        found = house.back_up(target)
        assert (found.ok, sorted(found.broken)) == (False, sorted([cut.key, blank.key]))
    assert sorted(empty.restore(tmp_path / "all.tar").missing) == sorted([cut.key, blank.key])


def test_an_empty_file_in_a_backup_is_broken_and_the_others_are_restored(
    house: House, empty: Empty, tmp_path: Path
) -> None:
    blob = keep(house.acme, b"bytes")
    house.back_up(f"{tmp_path}/kept/")
    (tmp_path / "kept" / "blobs" / blob.key).write_bytes(b"")
    found = empty.restore(tmp_path / "kept")
    assert (found.ok, found.broken) == (False, [blob.key])


def test_a_storage_that_is_away_ends_the_backup(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: LocalStorage, name: str, mode: str = "rb") -> Any:
        raise StorageAway("it does not answer")

    monkeypatch.setattr(LocalStorage, "open", away)
    with pytest.raises(StorageAway):
        house.back_up(tmp_path / "all.tar")
    assert not (tmp_path / "all.tar").exists()


def test_the_dump_waits_in_the_data_directory_and_goes(
    house: House, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scratch folder may be in memory, and too small for a database."""
    seen, dump = [], database.Moment.dump

    def watched(self: database.Moment, target: Path) -> None:
        seen.append(target.parent)
        dump(self, target)

    monkeypatch.setattr(database.Moment, "dump", watched)
    settings.SCRATCH_DIR = str(tmp_path / "memory")
    room = house.data_dir / "saving"
    room.mkdir()
    (room / "left").write_bytes(b"of one that was killed")
    assert not [name for name in house.back_up(tmp_path / "all.tar").secrets if name.startswith("saving")]
    assert seen == [room.resolve()] and not room.exists()


def test_a_file_that_the_folder_has_lost_is_named(house: House, empty: Empty, tmp_path: Path) -> None:
    blob = keep(house.acme, b"lost")
    house.back_up(f"{tmp_path}/kept/")
    (tmp_path / "kept" / "blobs" / blob.key).unlink()
    assert read_through(str(tmp_path / "kept"), "").missing == ["1 files that were in it"]
    found = empty.restore(tmp_path / "kept")
    assert (found.ok, found.missing) == (False, [blob.key])


def test_nothing_that_is_there_is_touched(house: House, empty: Empty, tmp_path: Path) -> None:
    house.back_up(tmp_path / "all.tar")
    empty.data_dir.mkdir()
    (empty.data_dir / "secret.key").write_text("mine")
    with pytest.raises(Refused, match="is not empty"):
        empty.restore(tmp_path / "all.tar")
    assert [path.name for path in empty.data_dir.iterdir()] == ["secret.key"]


def test_a_database_or_storage_with_something_in_it(house: House, empty: Empty, tmp_path: Path) -> None:
    house.back_up(tmp_path / "all.tar")
    full = Empty(tmp_path / "second", house_database(), empty.settings)
    with pytest.raises(Refused, match="database is not empty"):
        full.restore(tmp_path / "all.tar")
    with empty.here():
        storage().save("1/ab/others", ContentFile(b"x"))
    (empty.data_dir / "blobs").rename(tmp_path / "elsewhere")
    empty.data_dir.rmdir()
    with empty.here():
        empty.settings.STORAGE_URL = f"file://{tmp_path}/elsewhere"
        with pytest.raises(Refused, match=r"storage file://.*is not empty"):
            _restore_here(empty, tmp_path / "all.tar")


def house_database() -> str:
    from django.db import connection

    return str(connection.settings_dict["NAME"])


def _restore_here(empty: Empty, source: Path) -> None:
    from contextlib import nullcontext

    from rubrica.keeping.restore import Machine, restore
    from rubrica.keeping.tests.conftest import _nothing, migrated

    restore(str(source), "", Machine(empty.data_dir, nullcontext, lambda: url(empty.database), _nothing, migrated))


def test_a_backup_without_the_secret_asks_for_it(
    house: House, empty: Empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house.data_dir / "secret.key").unlink()
    saved = house.back_up(tmp_path / "all.tar")
    assert any("RUBRICA_SECRET_KEY" in sentence for sentence in saved.in_words())
    with pytest.raises(Refused, match="set RUBRICA_SECRET_KEY"):
        empty.restore(tmp_path / "all.tar")
    monkeypatch.setenv("RUBRICA_SECRET_KEY", empty.settings.SECRET_KEY)
    assert empty.restore(tmp_path / "all.tar").ok


def test_nothing_is_purged_meanwhile_and_nobody_else_makes_one(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = keep(house.acme, b"unused")
    Blob.objects.filter(pk=blob.pk).update(created_at=clock.now() - 2 * UNUSED_FOR)
    with database.alone(url(), KEEPING):
        assert Blob.objects.get(pk=blob.pk).purge() is False
        monkeypatch.setattr(database, "LOCK_SECONDS", 1)
        with pytest.raises(Refused, match="Another backup"):
            house.back_up(tmp_path / "all.tar")
    assert not (tmp_path / "all.tar").exists()
    assert Blob.objects.get(pk=blob.pk).purge() is True


def test_a_backup_waits_for_a_purge(house: House, tmp_path: Path) -> None:
    """A purge holds the lock for the moment of one file."""
    with psycopg.connect(url()) as purging, ThreadPoolExecutor(1) as threads:
        purging.execute("SELECT pg_advisory_xact_lock_shared(%s)", [KEEPING])
        saving = threads.submit(house.back_up, tmp_path / "all.tar")
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        eventually(lambda: purging.execute(waiting).fetchone(), "a backup that waits")
        purging.commit()
        assert saving.result().files > 0


def test_only_the_data_directory_itself_is_saved_with_the_database(house: House, tmp_path: Path) -> None:
    for name in ("cache/a/b", "incoming/piece-1", "postgres/PG_VERSION", "blobs/left", "faces/model.onnx", "own.pem"):
        (house.data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (house.data_dir / name).write_text("x")
    (house.data_dir / "gone.pem").symlink_to("nowhere")
    saved = house.back_up(tmp_path / "all.tar").secrets
    assert [name for name in saved if not name.startswith("pki/")] == ["faces/model.onnx", "own.pem", "secret.key"]


def test_a_data_file_that_vanishes_meanwhile_is_left_out(
    house: House, empty: Empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house.data_dir / "passing").write_text("x")
    about = backup._about

    def gone(*given: Any) -> dict[str, object]:
        (house.data_dir / "passing").unlink(missing_ok=True)
        return about(*given)

    listed = list(backup._data_files())
    monkeypatch.setattr(backup, "_data_files", lambda: listed)
    monkeypatch.setattr(backup, "_about", gone)
    house.back_up(tmp_path / "all.tar")
    assert empty.restore(tmp_path / "all.tar").ok and not (empty.data_dir / "passing").exists()


@pytest.mark.parametrize("place", ["old/all.tar", "old/kept/", "old/blobs/all.tar", "apart/all.tar"])
def test_no_backup_inside_of_what_it_saves(house: House, tmp_path: Path, place: str, settings: Any) -> None:
    if place.startswith("apart"):
        settings.STORAGE_URL = f"file://{tmp_path}/apart"
    with pytest.raises(Refused, match="choose a place outside"):
        house.back_up(f"{tmp_path}/{place}")
    assert not (tmp_path / place).exists()


def test_what_is_restored_is_for_its_owner_alone(house: House, empty: Empty, tmp_path: Path) -> None:
    (house.data_dir / "faces").mkdir()
    (house.data_dir / "faces" / "model.onnx").write_text("x")
    house.back_up(tmp_path / "all.tar")
    empty.restore(tmp_path / "all.tar")
    for name in ("secret.key", "faces/model.onnx"):
        assert (empty.data_dir / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("what", ["a blob", "a snapshot"])
def test_no_encrypted_file_passes_for_another(house: House, empty: Empty, tmp_path: Path, what: str) -> None:
    """Whoever holds the folder can neither swap its files nor pass an old snapshot off as a new one."""
    folder = tmp_path / "kept"
    house.back_up(f"{folder}/", SECRET)
    if what == "a snapshot":
        (old,) = (folder / "snapshots").iterdir()
        old.rename(old.with_name("20990101T000000Z"))
    else:
        first, second = sorted(path for path in (folder / "blobs").rglob("*") if path.is_file())[:2]
        first.write_bytes(second.read_bytes())
    with pytest.raises(Unreadable):
        read_through(str(folder), SECRET)


def test_a_rehearsal_writes_nothing(house: House, tmp_path: Path) -> None:
    saved = house.back_up(tmp_path / "all.tar", dry_run=True)
    assert saved.new_files == saved.files > 0 and not (tmp_path / "all.tar").exists()
    house.back_up(tmp_path / "all.tar")
    assert read_through(str(tmp_path / "all.tar"), "").files == saved.files


def test_what_is_no_backup(house: House, empty: Empty, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("nothing")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").write_text("mine")
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        told = json.dumps({"format": "another"}).encode()
        entry = tarfile.TarInfo("backup.json")
        entry.size = len(told)
        archive.addfile(entry, io.BytesIO(told))
    for name in ("words", "folder", "other.tar", "nowhere"):
        with pytest.raises((Refused, Unreadable)):
            empty.restore(tmp_path / name)
    with pytest.raises(Refused, match="not an empty folder"):
        house.back_up(tmp_path / "folder")
    assert not empty.data_dir.exists()


def test_no_name_in_it_leads_outside(house: House, empty: Empty, tmp_path: Path) -> None:
    house.back_up(tmp_path / "all.tar")
    with tarfile.open(tmp_path / "all.tar") as whole, tarfile.open(tmp_path / "bad.tar", "w") as bad:
        for member in whole:
            content = whole.extractfile(member)
            if member.name == "data/secret.key":
                member.name = "data/../../outside"
            bad.addfile(member, content)
    with pytest.raises(Refused, match="leads outside"):
        empty.restore(tmp_path / "bad.tar")
    assert not (tmp_path / "outside").exists()
