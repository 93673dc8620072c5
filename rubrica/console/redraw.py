"""Runs in the sandbox, where there is neither Django nor anything to lose; so it imports neither."""

import io

from rubrica.sealing.intake.photograph import MAX_PIXELS as MAX_PIXELS
from rubrica.sealing.intake.photograph import learn_heif

QUALITY = 82


def redraw(path: str, kind: str, width: int) -> bytes:
    """The first frame of an image, turned upright and without its metadata."""
    from PIL import Image, ImageOps

    if kind == "HEIF":
        learn_heif()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(path, formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (width, width))  # a JPEG is decoded at a fraction of its size
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((width, width * 2))
        paper = Image.new("RGB", upright.size, "white")
        transparent = upright.convert("RGBA")
        paper.paste(transparent, mask=transparent)
    output = io.BytesIO()
    paper.save(output, "JPEG", quality=QUALITY)
    return output.getvalue()
