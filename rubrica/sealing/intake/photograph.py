"""Photographs as telephones keep them, made into what everybody can open. The decoder runs in the sandbox alone."""

import io
from pathlib import Path

from rubrica.sealing import sandbox

MAX_PIXELS = 120_000_000  # the largest cameras of phones
QUALITY = 92  # small print on a card stays readable


def jpeg_of_heic(path: Path) -> bytes:
    """The picture as it is to be looked at, upright and in full size, with nothing beside its pixels: where it was
    taken is nobody's business. Raises SandboxError where it cannot be read.
    """
    return sandbox.run(redrawn, str(path), seconds=40, megabytes=2048)


def redrawn(path: str) -> bytes:
    """``jpeg_of_heic`` without the sandbox around it."""
    from PIL import Image, ImageOps

    learn_heif()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(path, formats=["HEIF"]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.info.clear()
    output = io.BytesIO()
    upright.save(output, "JPEG", quality=QUALITY, optimize=True)
    return output.getvalue()


def learn_heif() -> None:
    """In the confined child alone, where the first such picture loads it."""
    import pi_heif

    pi_heif.register_heif_opener(thumbnails=False)
