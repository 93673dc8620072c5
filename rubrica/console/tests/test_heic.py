"""Photographs as telephones keep them: the preview is a JPEG of ours, and the file itself stays what came."""

import io
from pathlib import Path

import pytest
from PIL import Image

from rubrica.console import previews
from rubrica.console.previews import NotShown
from rubrica.files import intake
from rubrica.files.models import Blob
from tests.cast import Acme
from tests.heic import HEIC


def kept(acme: Acme, content: bytes) -> Blob:
    with intake.arriving(io.BytesIO(content), limit=10_000) as arrived:
        assert arrived.media_type == "image/heic"
        return Blob.keep(acme.organization, arrived)


def test_it_works(acme: Acme) -> None:
    blob = kept(acme, HEIC)
    with Image.open(io.BytesIO(previews.picture(blob, 320))) as image:
        assert (image.format, image.size) == ("JPEG", (320, 240))
        drawn, white = image.getpixel((40, 100)), image.getpixel((280, 100))
    assert isinstance(drawn, tuple) and isinstance(white, tuple)
    assert drawn[0] > 150 and drawn[1] < 90 and min(white) > 240
    with blob.open() as file:
        assert file.read() == HEIC


def test_a_broken_one_has_no_preview(acme: Acme) -> None:
    with pytest.raises(NotShown):
        previews.picture(kept(acme, HEIC[: len(HEIC) // 2]), 320)


def test_the_process_itself_never_loads_the_decoder() -> None:
    assert "pi_heif" not in Path("/proc/self/maps").read_text().lower()
