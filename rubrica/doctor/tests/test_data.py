"""The data directory in its good and bad states, on a real disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rubrica.doctor import data
from rubrica.doctor.data import DataDirectory

NOBODY = 65534


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rubrica-doctor-") as name:
        monkeypatch.setenv("RUBRICA_DATA_DIR", name)
        monkeypatch.delenv("RUBRICA_SECRET_KEY", raising=False)
        yield Path(name)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root may write everywhere, so the check is made as another user."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_can_be_written(folder: Path) -> None:
    assert DataDirectory().look().status == "ok"
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUBRICA_DATA_DIR", str(folder / "gone"))
    found = DataDirectory().look()
    assert (found.status, "There is no folder" in found.sentence) == ("failure", True)
    assert not (folder / "gone").exists()


def test_a_folder_without_permission(folder: Path) -> None:
    folder.chmod(0o755)
    with somebody_else():
        found = DataDirectory().look()
    assert found.status == "failure"
    assert "Permission denied" in found.sentence


def test_root_keeps_its_hands_off_what_is_another_users(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has this trouble")
    os.chown(folder, NOBODY, -1)
    found = DataDirectory().look()
    assert found.status == "failure"
    assert "this is root" in found.sentence
    assert "runuser -u" in found.do


def test_the_secret_is_for_its_owner_alone(folder: Path) -> None:
    path = folder / "secret.key"
    path.write_text("x" * 64)
    path.chmod(0o600)
    assert DataDirectory().look_at_secret().status == "ok"
    path.chmod(0o640)
    found = DataDirectory().look_at_secret()
    assert found.status == "failure"
    assert "0640" in found.sentence
    assert found.do == f"Run: chmod 600 {path}"


def test_a_secret_that_is_lost_is_not_made_anew(folder: Path) -> None:
    found = DataDirectory().look_at_secret()
    assert found.status == "failure"
    assert "Restore it" in found.do
    assert list(folder.iterdir()) == []


def test_a_secret_that_can_be_guessed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUBRICA_SECRET_KEY", "short")
    found = DataDirectory().look_at_secret()
    assert (found.status, "short" in found.sentence) == ("warning", False)
    monkeypatch.setenv("RUBRICA_SECRET_KEY", "x" * 32)
    assert DataDirectory().look_at_secret().status == "ok"


def test_free_space(tmp_path: Path) -> None:
    assert data.room_in(tmp_path, needed=1, low=1).status == "ok"
    assert data.room_in(tmp_path, needed=1, low=1 << 60).status == "warning"
    found = data.room_in(tmp_path, needed=1 << 60)
    assert found.status == "failure"
    assert "GiB" in found.sentence


def test_room_is_looked_at_before_the_first_file_comes(settings: object, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/not/yet"  # type: ignore[attr-defined]
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    assert str(tmp_path) in data.room().sentence
