"""Runs in the sandbox, where there is neither Django nor anything to lose; so it imports neither."""

import io

MAX_PIXELS = 40_000_000
LARGEST = (720, 240)  # pixels: three for each that a page shows
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def redraw(data: bytes) -> bytes:
    """The first frame of a picture as a small PNG of pixels alone; what is transparent stays so."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail(LARGEST)
    upright.info.clear()
    output = io.BytesIO()
    upright.save(output, "PNG", optimize=True)
    return output.getvalue()
