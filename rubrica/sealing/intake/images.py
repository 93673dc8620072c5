"""Signature images as people send them, turned into one safe PNG: decoded, cropped to the ink, written anew."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.values import RefusedImage, SandboxError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 8 << 20
MAX_PIXELS = 4_000_000
LARGEST = (1200, 600)  # pixels: 600 dpi in a box of 144 x 72 points
FORMATS = ("PNG", "JPEG")
FAINT = 12  # of 255: less than this is paper or compression noise, not ink


def clean_signature_image(data: bytes) -> bytes:
    """A PNG with transparent paper, cropped to the ink and at most LARGEST, free of everything but pixels.

    Takes PNG and JPEG of up to 4 megapixels. Raises ``RefusedImage``: IMAGE_INVALID, IMAGE_TOO_LARGE, IMAGE_EMPTY.
    """
    if len(data) > MAX_BYTES:
        raise RefusedImage("IMAGE_TOO_LARGE", _("The image is too large."))
    try:
        return sandbox.run(clean_here, data, megabytes=768)
    except SandboxError as error:
        raise RefusedImage("IMAGE_INVALID", _("The file is not a PNG or JPEG image.")) from error


def clean_here(data: bytes) -> bytes:
    """``clean_signature_image`` without the sandbox around it."""
    ink = _ink(_decoded(data))
    box = ink.getchannel("A").point(lambda value: 255 if value >= FAINT else 0).getbbox()
    if box is None:
        raise RefusedImage("IMAGE_EMPTY", _("The image is empty."))
    ink = ink.crop(box)
    ink.thumbnail(LARGEST)
    ink.info.clear()  # comments and profiles of the original would otherwise be written out again
    output = io.BytesIO()
    ink.save(output, "PNG")
    return output.getvalue()


def _decoded(data: bytes) -> Image:
    from PIL import Image, ImageOps

    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise RefusedImage("IMAGE_TOO_LARGE", _("The image has too many pixels."))
        image.load()
        return ImageOps.exif_transpose(image).convert("RGBA")
    except Image.DecompressionBombError as error:
        raise RefusedImage("IMAGE_TOO_LARGE", _("The image has too many pixels.")) from error
    except (OSError, ValueError, SyntaxError, TypeError) as error:
        raise RefusedImage("IMAGE_INVALID", _("The file is not a PNG or JPEG image.")) from error


def _ink(image: Image) -> Image:
    """The image with transparent paper: where it has no transparency of its own, the nearer to white the thinner."""
    from PIL import ImageChops

    lowest, _highest = image.getchannel("A").getextrema()
    if lowest == 255:
        red, green, blue, _alpha = image.split()
        darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
        image.putalpha(darkest.point(lambda value: min(255, max(0, 250 - value) * 3)))
    return image
