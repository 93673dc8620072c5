"""A picture is sharp or not, shows one face or not, and two of one person are alike."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from rubrica import faces
from rubrica.faces import pictures
from rubrica.sealing.values import RefusedImage
from tests import portraits
from tests.portraits import COLLINS, HOPPER

Keep = Callable[[bytes], Path]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    def keep(content: bytes) -> Path:
        path = tmp_path / str(len(list(tmp_path.iterdir())))
        path.write_bytes(content)
        return path

    return keep


def test_it_works(keep: Keep) -> None:
    picture = faces.look(keep(portraits.selfie(COLLINS)))
    assert (picture.width, picture.height, picture.faces) == (portraits.SELFIE, portraits.SELFIE, 1)
    assert picture.face_width > 100
    with Image.open(io.BytesIO(picture.clean)) as clean:
        assert (clean.format, clean.size) == ("JPEG", (portraits.SELFIE, portraits.SELFIE))


@pytest.mark.parametrize("name", [COLLINS, HOPPER])
def test_blur_is_told_from_sharpness(keep: Keep, name: str) -> None:
    sharp, blurred = (faces.look(keep(portraits.selfie(name, blur))).sharpness for blur in (0, 6))
    assert sharp > 100
    assert blurred < 20


def test_a_plain_wall_is_no_blur(keep: Keep) -> None:
    """Most of a good selfie may be out of focus or empty."""
    wall = Image.new("RGB", (2000, 1500), "#ccc")
    wall.paste(portraits.portrait(HOPPER), (700, 400))
    assert faces.look(keep(portraits.encoded(wall))).sharpness > 100


def test_the_card_and_the_selfie_of_one_person_are_alike(keep: Keep) -> None:
    clean = {}
    for name in (COLLINS, HOPPER):
        for make in (portraits.selfie, portraits.card):
            clean[name, make] = keep(faces.look(keep(make(name))).clean)
    for name, other in ((COLLINS, HOPPER), (HOPPER, COLLINS)):
        same = faces.similarity(clean[name, portraits.selfie], clean[name, portraits.card])
        different = faces.similarity(clean[name, portraits.selfie], clean[other, portraits.card])
        assert same is not None and different is not None
        assert same > 0.85
        assert different < 0.5


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_card_is_read_any_way_round(keep: Keep, turned: int) -> None:
    picture = faces.look(keep(portraits.card(COLLINS, turned)))
    assert picture.faces == 1
    with Image.open(io.BytesIO(picture.clean)) as clean:
        assert clean.width > clean.height, "what is kept stands upright"


def test_faces_are_counted(keep: Keep) -> None:
    assert faces.look(keep(portraits.nobody())).faces == 0
    assert faces.look(keep(portraits.two_people())).faces == 2


def test_no_face_is_like_nothing(keep: Keep) -> None:
    clean = [keep(faces.look(keep(content)).clean) for content in (portraits.selfie(), portraits.nobody())]
    assert faces.similarity(*clean) is None


def test_without_the_extra_a_person_decides(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "can_compare", lambda: False)
    picture = faces.look(keep(portraits.selfie()))
    assert picture.faces is None
    assert picture.sharpness > 100
    assert faces.similarity(keep(picture.clean), keep(picture.clean)) is None


def test_the_less_alike_the_smaller() -> None:
    at = [pictures.similarity_at(distance / 100) for distance in range(0, 160)]
    assert at == sorted(at, reverse=True)
    assert 0 <= at[-1] < 0.001 and 0.999 < at[0] <= 1
    assert pictures.similarity_at(pictures.MIDDLE) == 0.5


def test_only_free_models_are_opened() -> None:
    """The 68 landmarks exclude commercial use."""
    from rubrica.faces import models

    assert {models.LANDMARKS, models.NETWORK} == {
        "shape_predictor_5_face_landmarks.dat",
        "dlib_face_recognition_resnet_model_v1.dat",
    }
    assert "shape_predictor_68" not in Path(models.__file__).read_text()


def test_exif_turns_the_picture_and_is_not_kept(keep: Keep) -> None:
    out = io.BytesIO()
    image = portraits.portrait(HOPPER).resize((1000, 1170)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 270 degrees
    exif[0x8825] = {1: "N", 2: (4.0, 36.0, 0.0)}
    image.save(out, "JPEG", exif=exif, comment=b"<script>alert(1)</script>")
    picture = faces.look(keep(out.getvalue()))
    assert picture.faces == 1
    with Image.open(io.BytesIO(picture.clean)) as clean:
        assert clean.size == (1000, 1170)
        assert not clean.getexif()
    assert b"script" in out.getvalue()
    assert b"script" not in picture.clean


def png_claiming(width: int, height: int) -> bytes:
    """A bomb: 200 bytes that say they are a picture of any size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize("size", [(10_000, 10_000), (65_500, 65_500), (50_001, 1000)])
def test_too_many_pixels_are_not_unpacked(keep: Keep, size: tuple[int, int]) -> None:
    with pytest.raises(RefusedImage) as refusal:
        faces.look(keep(png_claiming(*size)))
    assert refusal.value.code == "CAPTURE_TOO_LARGE"


def test_a_real_picture_of_a_hundred_megapixels(keep: Keep) -> None:
    with pytest.raises(RefusedImage, match="CAPTURE_TOO_LARGE"):
        faces.look(keep(portraits.encoded(Image.new("RGB", (10_000, 10_000), "grey"))))


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b"\xff\xd8\xff\xe0<html><script>alert(1)</script></html>",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"%PDF-1.7",
        b"",
        b"\0" * 4096,
        portraits.selfie()[:3000],
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
)
def test_what_is_no_picture_is_refused(keep: Keep, content: bytes) -> None:
    with pytest.raises(RefusedImage) as refusal:
        faces.look(keep(content))
    assert refusal.value.code == "CAPTURE_INVALID"


def test_a_picture_that_is_also_a_page_leaves_the_page_behind(keep: Keep) -> None:
    polyglot = portraits.selfie() + b"<html><script>alert(1)</script></html>"
    assert b"script" not in faces.look(keep(polyglot)).clean
