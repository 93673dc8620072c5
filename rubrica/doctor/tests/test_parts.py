"""What of the installation may be missing; the bad states run in the real sandbox as well."""

import ctypes
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from rubrica.doctor import parts
from rubrica.faces import engine as faces_engine
from rubrica.faces import pictures
from rubrica.sealing.typeset import typesetting
from rubrica.templating import composing, engine


def without_pango() -> str:
    """What the dynamic linker says of a library that is not there."""
    try:
        ctypes.CDLL("libpango-that-is-not-here.so")
    except OSError as error:
        return str(error)
    return ""


def out_of_memory(*_: Any) -> Any:
    raise MemoryError("no room for the page")


def too_slow(*_: Any) -> Any:
    time.sleep(30)


def test_a_busy_machine_is_no_broken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SECONDS", 1)
    monkeypatch.setattr(pictures, "SECONDS", 1)
    monkeypatch.setattr(engine, "is_there", too_slow)
    monkeypatch.setattr(faces_engine, "look_here", too_slow)
    assert [parts.templates().status, parts.look_with_faces().status] == ["warning", "warning"]


def test_a_page_is_set_or_the_packages_are_named() -> None:
    found = parts.templates()
    if composing.missing_library():
        assert (found.status, composing.PANGO in found.do) == ("warning", True)
    else:
        assert found.status == "ok"


def test_pango_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "is_there", without_pango)
    found = parts.templates()
    assert found.status == "warning"
    assert "libpango-that-is-not-here.so" in found.sentence
    assert found.do.endswith("apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")


def test_a_page_cannot_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "is_there", str)
    monkeypatch.setattr(engine, "compose_here", out_of_memory)
    found = parts.templates()
    assert (found.status, "MemoryError" in found.sentence) == ("failure", True)


def test_faces_are_compared_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "can_compare", lambda: False)
    found = parts.faces()
    assert (found.status, "a person decides" in found.sentence) == ("ok", True)
    monkeypatch.undo()
    assert parts.faces().status == "ok"


def test_an_extra_that_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces_engine, "look_here", out_of_memory)
    found = parts.look_with_faces()
    assert (found.status, "does not work" in found.sentence) == ("failure", True)


def test_fonts(tmp_path: Path) -> None:
    found = parts.fonts_in(tmp_path)
    assert (found.status, "Noto Sans Thai" in found.sentence) == ("failure", True)
    for family in typesetting.OTHERS:
        (tmp_path / f"{family.replace(' ', '')}_400Regular.ttf").write_bytes(b"font")
    assert parts.fonts_in(tmp_path).status == "ok"
    (tmp_path / "NotoSansKR_400Regular.ttf").write_bytes(b"")
    assert "Noto Sans KR." in parts.fonts_in(tmp_path).sentence


def test_the_fonts_that_are_bundled(tmp_path: Path) -> None:
    if not typesetting.FONTS.is_dir():
        pytest.skip("the pages were not built")
    shutil.copytree(typesetting.FONTS, tmp_path / "fonts")
    assert parts.fonts_in(tmp_path / "fonts") == parts.fonts()
    assert parts.fonts().status == "ok"
