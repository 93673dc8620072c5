"""The disk of the power cuts keeps what was synced, and nothing else."""

import errno
import os
import stat
from pathlib import Path

import pytest

from tools.trial.disk import Disk


def write(disk: Disk, path: str, data: bytes, *, sync: bool = False) -> None:
    handle = disk.create(path, 0o600)
    disk.write(path, data, 0, handle)
    if sync:
        disk.fsync(path, 0, handle)
    disk.release(path, handle)


def sync_folder(disk: Disk, path: str) -> None:
    disk.fsyncdir(path, 0, disk.opendir(path))


def read(disk: Disk, path: str) -> bytes:
    return disk.read(path, 1_000_000, 0, disk.open(path, os.O_RDONLY))


def names(disk: Disk, path: str = "/") -> set[str]:
    return set(disk.readdir(path, disk.opendir(path))) - {".", ".."}


def test_what_was_not_synced_is_gone_after_a_power_cut(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    write(disk, "/kept", b"first", sync=True)
    write(disk, "/gone", b"x")
    handle = disk.open("/kept", os.O_WRONLY)
    disk.write("/kept", b"second", 0, handle)
    assert (names(disk), read(disk, "/kept")) == ({"kept", "gone"}, b"second")

    again = Disk(tmp_path)
    assert (names(again), read(again, "/kept")) == ({"kept"}, b"first")


def test_a_part_that_was_synced_is_kept_with_the_rest_of_the_file(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    write(disk, "/file", b"a" * 10_000, sync=True)
    handle = disk.open("/file", os.O_WRONLY)
    disk.write("/file", b"b" * 10, 5_000, handle)
    disk.truncate("/file", 6_000)
    disk.fsync("/file", 1, handle)
    assert read(Disk(tmp_path), "/file") == b"a" * 5_000 + b"b" * 10 + b"a" * 990


def test_a_rename_lasts_from_the_sync_of_its_folder_on(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    write(disk, "/new", b"x", sync=True)
    disk.rename("/new", "/name")
    assert names(Disk(tmp_path)) == {"new"}
    sync_folder(disk, "/")
    assert names(Disk(tmp_path)) == {"name"}


def test_a_rename_between_folders_is_never_kept_by_half(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.mkdir("/to", 0o700)
    sync_folder(disk, "/")
    write(disk, "/file", b"x", sync=True)
    disk.rename("/file", "/to/file")
    sync_folder(disk, "/")  # of the folder that it went out of, alone
    again = Disk(tmp_path)
    assert (names(again), read(again, "/to/file")) == ({"to"}, b"x")


def test_a_new_file_in_a_new_folder_lasts_when_it_was_synced(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.mkdir("/a", 0o700)
    disk.mkdir("/a/b", 0o700)
    write(disk, "/a/b/file", b"x", sync=True)
    again = Disk(tmp_path)
    assert read(again, "/a/b/file") == b"x"
    assert stat.S_IMODE(again.getattr("/a/b/file")["st_mode"]) == 0o600


def test_what_was_removed_comes_back_unless_its_folder_was_synced(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    write(disk, "/file", b"x", sync=True)
    disk.unlink("/file")
    assert names(Disk(tmp_path)) == {"file"}
    sync_folder(disk, "/")
    assert names(Disk(tmp_path)) == set()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_each_third_write_is_refused(tmp_path: Path, number: int) -> None:
    disk = Disk(tmp_path)
    handle = disk.create("/file", 0o600)
    disk.writes, disk.trouble = 0, {"errno": number, "every": 3}
    told = []
    for _ in range(6):
        try:
            told.append(disk.write("/file", b"x", 0, handle))
        except OSError as refused:
            told.append(-(refused.errno or 0))
    assert told == [1, 1, -number, 1, 1, -number]
