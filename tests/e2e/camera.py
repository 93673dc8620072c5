"""A camera that shows what a test puts in front of it: Chromium plays this file, from the start at each opening."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser

from tools import browser

FACES = Path(__file__).resolve().parent.parent / "faces"
SIZE = (1280, 960)  # pixels
FRAMES = 15


class Camera:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.see(Image.new("RGB", SIZE, "black"))

    def see(self, picture: Image.Image) -> None:
        """Motion JPEG is nothing but pictures one after the other."""
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=92)
        self.path.write_bytes(out.getvalue() * FRAMES)

    def see_face(self, name: str) -> None:
        scene, portrait = Image.new("RGB", SIZE, "#8fa3ad"), face(name, 760)
        scene.paste(portrait, ((SIZE[0] - portrait.width) // 2, 100))
        self.see(scene)

    def see_card(self, name: str) -> None:
        """The front of an identity card with this person's picture."""
        card, draw = _card()
        card.paste(face(name, 330, head=True), (20, 62))
        for line, text in enumerate(("COLOMBIA", "IDENTIFICACIÓN PERSONAL", "1 084 340 519", "RUIZ PÉREZ", "ANA")):
            draw.text((340, 60 + 62 * line), text, fill="#123", font=ImageFont.load_default(34))
        self._on_a_table(card)

    def see_back(self) -> None:
        card, draw = _card()
        draw.rectangle((0, 60, card.width, 130), fill="#222")
        for line in range(4):
            draw.text((40, 180 + 55 * line), "IDCOL1084340519<<<<<<<<<<", fill="#123", font=ImageFont.load_default(34))
        self._on_a_table(card)

    def _on_a_table(self, card: Image.Image) -> None:
        scene = Image.new("RGB", SIZE, "#4a3a2c")
        scene.paste(card, ((SIZE[0] - card.width) // 2, (SIZE[1] - card.height) // 2))
        self.see(scene)


def _card() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    card = Image.new("RGB", (720, 454), "#eef3ea")
    return card, ImageDraw.Draw(card)


def face(name: str, height: int, *, head: bool = False) -> Image.Image:
    """A portrait of this height in pixels, or only the head, as on a card."""
    with Image.open(FACES / f"{name}.jpg") as picture:
        whole, wide, high = picture.convert("RGB"), picture.width, picture.height
    if head:
        whole = whole.crop((wide // 5, 0, wide * 4 // 5, high * 7 // 10))
    return whole.resize((round(whole.width * height / whole.height), height))


@contextmanager
def filmed(chromium: Browser, folder: Path) -> Iterator[tuple[Browser, Camera]]:
    """One more browser of the same kind, which asks nobody for permission and films the camera's file."""
    camera = Camera(folder / "camera.mjpeg")
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    fake.append(f"--use-file-for-fake-video-capture={camera.path}")
    found = chromium.browser_type.launch(executable_path=browser.chromium(), args=browser.ARGUMENTS + fake)
    yield found, camera
    found.close()
