"""Settings as an operator gets them wrong."""

from pathlib import Path

import pytest

from rubrica import environment
from rubrica.doctor import environs


def test_files_that_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    monkeypatch.setenv("RUBRICA_WHATSAPP_APP_SECRET_FILE", str(tmp_path / "key"))
    assert environs.files().status == "ok"


def test_every_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("RUBRICA_SECRET_KEY_FILE", str(tmp_path / "gone"))
    monkeypatch.setenv("RUBRICA_SMTP_URL_FILE", str(tmp_path / "bytes"))
    found = environs.files()
    assert found.status == "failure"
    assert f"{tmp_path}/gone, which cannot be read: No such file or directory" in found.sentence
    assert f"{tmp_path}/bytes, which cannot be read: It is no text" in found.sentence


def test_a_variable_wins_over_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUBRICA_MAIL_FROM", "a@b.example")
    monkeypatch.setenv("RUBRICA_MAIL_FROM_FILE", "/nowhere")
    assert environs.files().status == "ok"


def test_a_file_that_is_gone_stops_every_command_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUBRICA_MAIL_FROM_FILE", "/nowhere")
    with pytest.raises(SystemExit, match="RUBRICA_MAIL_FROM_FILE names /nowhere"):
        environment.text("RUBRICA_MAIL_FROM")


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUBRICA_SMPT_URL", "smtp://mail.example")
    found = environs.load()
    assert found.status == "warning"
    assert "RUBRICA_SMPT_URL is set" in found.sentence
    assert "Did you mean RUBRICA_SMTP_URL?" in found.do


def test_error_pages_with_internals_are_noticed(settings: object) -> None:
    settings.DEBUG = True  # type: ignore[attr-defined]
    assert "RUBRICA_DEBUG is on" in environs.load().sentence


def test_a_language_that_nothing_is_written_in(settings: object) -> None:
    settings.LANGUAGE_CODE = "fr"  # type: ignore[attr-defined]
    found = environs.load()
    assert found.status == "failure"
    assert "es, en, pt" in found.do
