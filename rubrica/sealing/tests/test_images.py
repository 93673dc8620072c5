import io
import struct
import zlib

import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from rubrica.sealing.intake.images import LARGEST, clean_signature_image
from rubrica.sealing.values import RefusedImage


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def drawn(mode: str = "RGBA", paper: object = (0, 0, 0, 0), size: tuple[int, int] = (400, 200)) -> Image.Image:
    image = Image.new(mode, size, paper)  # type: ignore[arg-type]
    ImageDraw.Draw(image).line((100, 50, 199, 99), fill="navy", width=5)
    return image


def cleaned(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(clean_signature_image(data)), formats=["PNG"])


def code_of(data: bytes) -> str:
    with pytest.raises(RefusedImage) as caught:
        clean_signature_image(data)
    return caught.value.code


def test_it_works() -> None:
    image = cleaned(encoded(drawn()))
    assert image.mode == "RGBA"
    assert abs(image.width - 104) < 8
    assert abs(image.height - 54) < 8


def test_white_paper_becomes_transparent() -> None:
    image = cleaned(encoded(drawn("RGB", "white"), "JPEG", quality=95))
    assert image.width < 130
    assert image.getchannel("A").getextrema() == (0, 255)


def test_what_is_not_ink_is_dropped() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "<script>alert(1)</script>")
    out = clean_signature_image(encoded(drawn(), pnginfo=info) + b"<?php echo 1;")
    assert b"script" not in out
    assert b"php" not in out
    out = clean_signature_image(encoded(drawn("RGB", "white"), "JPEG", comment=b"<script>", exif=b"Exif\0\0secret"))
    assert b"script" not in out
    assert b"secret" not in out


def test_large_drawings_are_made_smaller() -> None:
    image = Image.new("RGB", (2400, 1600), "black")
    assert all(side <= limit for side, limit in zip(cleaned(encoded(image)).size, LARGEST, strict=True))


def test_refusals() -> None:
    assert code_of(b"") == "IMAGE_INVALID"
    assert code_of(b"<svg xmlns='http://www.w3.org/2000/svg'/>") == "IMAGE_INVALID"
    assert code_of(encoded(drawn("RGB", "white"), "GIF")) == "IMAGE_INVALID"
    assert code_of(encoded(drawn())[:300]) == "IMAGE_INVALID"
    assert code_of(encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)))) == "IMAGE_EMPTY"
    assert code_of(encoded(Image.new("RGB", (50, 50), "white"))) == "IMAGE_EMPTY"
    assert code_of(encoded(Image.new("L", (2001, 2000)))) == "IMAGE_TOO_LARGE"
    assert code_of(bytes(9 << 20)) == "IMAGE_TOO_LARGE"


def test_a_bomb_is_refused() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 6, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")
    assert code_of(data) == "IMAGE_TOO_LARGE"
