"""Selfies and identity cards for tests, made from two portraits in the public domain (tests/faces/README.md)."""

import io
import struct
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

FACES = Path(__file__).parent / "faces"
COLLINS, HOPPER = "collins", "hopper"
# As small as a face can still be found in: looking for one costs by the pixel.
SELFIE, CARD = 720, (960, 600)
RECORDING = (FACES / "recording.webm").read_bytes()


def portrait(name: str) -> Image.Image:
    with Image.open(FACES / f"{name}.jpg") as image:
        return image.convert("RGB")


def selfie(name: str = COLLINS, blur: float = 0, kind: str = "JPEG") -> bytes:
    """Another light, another angle and another size than on the card."""
    image = portrait(name)
    image = image.resize((SELFIE, SELFIE * image.height // image.width), Image.Resampling.LANCZOS)
    image = ImageEnhance.Brightness(image.rotate(4, Image.Resampling.BICUBIC)).enhance(0.85)
    return encoded(image.filter(ImageFilter.GaussianBlur(blur)) if blur else image, kind)


def card(name: str = COLLINS, turned: int = 0) -> bytes:
    """A card with a small portrait beside printed lines, turned by so many degrees."""
    paper = Image.new("RGB", (1280, 800), "#dfe8ee")
    draw = ImageDraw.Draw(paper)
    for line in range(9):
        draw.text((640, 120 + 66 * line), f"NOMBRES Y APELLIDOS {line} 1.084.340.519", fill="#223344")
    face = portrait(name)
    face = face.crop((90, 0, 380, 330)) if name == COLLINS else face.crop((90, 40, 460, 460))
    paper.paste(face.resize((400, 455), Image.Resampling.LANCZOS), (100, 170))
    small = paper.resize(CARD, Image.Resampling.LANCZOS)
    return encoded(small.rotate(turned, expand=True))


def nobody(size: tuple[int, int] = (1280, 800)) -> bytes:
    """Sharp, large enough and without a face."""
    paper = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(paper)
    for row in range(0, size[1], 24):
        draw.text((20, row), "The quick brown fox jumps over the lazy dog " * 6, fill="black")
    return encoded(paper)


def two_people() -> bytes:
    one, other = portrait(COLLINS).resize((900, 900)), portrait(HOPPER).resize((768, 900))
    both = Image.new("RGB", (one.width + other.width, 900))
    both.paste(one, (0, 0))
    both.paste(other, (one.width, 0))
    return encoded(both)


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 90} if kind != "PNG" else {}))
    return out.getvalue()


def mp4(seconds: float, scale: int = 1000) -> bytes:
    """The boxes that a player reads the length from, and no pictures."""
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", box(b"mvhd", movie_header(seconds, scale)))


def live_mp4(seconds: float, scale: int = 1000) -> bytes:
    """As a browser records it: the header tells no length, the fragments do."""
    start = box(b"tfdt", b"\1\0\0\0" + struct.pack(">Q", int(seconds * scale)))
    return mp4(0, scale) + box(b"moof", box(b"traf", start)) + box(b"mdat", b"\0" * 20)


def movie_header(seconds: float, scale: int) -> bytes:
    return b"\0\0\0\0" + struct.pack(">IIII", 0, 0, scale, int(seconds * scale)) + b"\0" * 80


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content
