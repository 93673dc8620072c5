"""Runs in the sandbox, where there is neither Django nor anything to lose; so it imports neither."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 100_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")
# Written again as what they were; the others have one way of being small only.
KEPT: dict[str, dict[str, Any]] = {"JPEG": {"quality": 90}, "PNG": {"optimize": True}, "WEBP": {"quality": 90}}


def look_here(path: str) -> tuple[int, int]:
    """Width and height in pixels as the picture is shown, once it has been decoded to its end. Raises for others."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(path, formats=FORMATS) as image:
        turned = _is_turned(image)
        width, height = image.size
        # A JPEG is read to its end at an eighth of the pixels.
        image.draft("RGB", (1, 1))
        image.load()
    return (height, width) if turned else (width, height)


def narrow_here(path: str, width: int) -> tuple[bytes, int, int]:
    """The picture drawn anew with this width, upright and without anything but pixels; and its size."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(path, formats=FORMATS) as image:
        kind = image.format if image.format in KEPT else "PNG"
        upright = ImageOps.exif_transpose(image)
        if upright.mode not in {"L", "LA", "RGB", "RGBA"}:
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        height = max(1, round(upright.height * width / upright.width))
        small = upright.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info.clear()
    output = io.BytesIO()
    small.save(output, kind, **KEPT[str(kind)])
    return output.getvalue(), width, height


def _is_turned(image: Image) -> bool:
    """Whether the camera was held upright, and width and height change places when it is shown."""
    orientation = 0x0112
    return image.getexif().get(orientation, 1) in {5, 6, 7, 8}
