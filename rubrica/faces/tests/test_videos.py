"""How long a video plays is read from its container, whole or live."""

from pathlib import Path

import pytest

from rubrica import faces
from rubrica.files.intake import sniff
from rubrica.sealing.values import RefusedImage
from tests import portraits


def look(tmp_path: Path, content: bytes, media_type: str = "") -> float | None:
    path = tmp_path / "video"
    path.write_bytes(content)
    return faces.look_at_video(path, media_type or sniff(content[:8192])).seconds


def test_it_works(tmp_path: Path) -> None:
    """A recording of Chromium, which tells no length in its header."""
    assert look(tmp_path, portraits.RECORDING) == pytest.approx(2.9, abs=0.3)


@pytest.mark.parametrize("make", [portraits.mp4, portraits.live_mp4])
def test_an_mp4_whole_and_live(tmp_path: Path, make: object) -> None:
    assert look(tmp_path, make(12.5)) == 12.5  # type: ignore[operator]


def test_a_length_that_is_not_told(tmp_path: Path) -> None:
    assert look(tmp_path, portraits.mp4(0)) is None


def test_a_recording_that_was_cut_off(tmp_path: Path) -> None:
    seconds = look(tmp_path, portraits.RECORDING[:-40])
    assert seconds is not None and seconds > 1


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<html>", "video/mp4"),
        (b"<html>", "video/webm"),
        (portraits.mp4(3)[:30], "video/mp4"),
        (portraits.RECORDING[:60], "video/webm"),
        (portraits.RECORDING, "video/mp4"),
        (portraits.mp4(3), "video/webm"),
        (portraits.mp4(3), "video/x-msvideo"),
        (b"\0\0\0\x08moov" * 10, "video/mp4"),
        (portraits.box(b"ftyp", b"isom") + portraits.box(b"moov", b"moov" * 3), "video/mp4"),
        (
            portraits.box(b"ftyp", b"isom")
            + portraits.box(b"moov", portraits.box(b"mvhd", portraits.movie_header(3, 0))),
            "video/mp4",
        ),
        (b"\x1a\x45\xdf\xa3\xff" + b"\xff" * 64, "video/webm"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, media_type: str) -> None:
    with pytest.raises(RefusedImage) as refusal:
        look(tmp_path, content, media_type)
    assert refusal.value.code == "CAPTURE_INVALID"


def test_boxes_within_boxes_without_end(tmp_path: Path) -> None:
    """Nesting deeper than any player's ends the child, not us."""
    nested = portraits.box(b"mvhd", portraits.movie_header(3, 1000))
    for _ in range(3000):
        nested = portraits.box(b"moov", nested)
    with pytest.raises(RefusedImage):
        look(tmp_path, portraits.box(b"ftyp", b"isom") + nested, "video/mp4")
