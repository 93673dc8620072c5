"""Runs in the sandbox, where there is nothing to lose: Pillow decodes, dlib finds and measures faces.

Of the models that ``face_recognition_models`` brings only two are used: the five landmarks and the network, which are
in the public domain (CC0). The 68 landmarks were trained on pictures that exclude commercial use, so they stay closed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.values import RefusedImage

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 50_000_000
LONGEST = 1600  # pixels: what is kept as clean, and where faces are looked for
SMALL = 1000  # pixels: up to here a face may be smaller than the detector's 80, so it is doubled where none is found
# The detector's scores: faces that look at the camera get 0.8 and more, patterns of cloth or badges up to 0.4.
POSSIBLE, SURE = 0.25, 0.5
BYSTANDER = 0.4  # of the main face's width: a smaller one is somebody in the background, or a ghost on a card
FACE = 192  # pixels to which a face is scaled before its sharpness is measured
MEASURED = 640  # pixels to which a picture is scaled before its sharpness is measured
TURNS = (0, 270, 90, 180)  # degrees; cards are photographed any way round

Measured = tuple[int, int, float, int | None, int, float, bytes]
Box = tuple[int, int, int, int]  # left, top, right, bottom
Face = tuple[float, Box]  # the score and where


def invalid() -> RefusedImage:
    return RefusedImage("CAPTURE_INVALID", _("This is not a JPEG, PNG or WebP picture."))


def look_here(path: str, with_faces: bool) -> Measured:
    """The fields of ``pictures.Picture`` in their order."""
    width, height, image = _decoded(path)
    faces: list[Face] = []
    if with_faces:
        image, faces = _upright_with_faces(image)
    main = _main(faces)
    return (
        width,
        height,
        _sharpness(image, MEASURED),
        _count(faces) if with_faces else None,
        # In pixels of the picture as it came, not of the smaller one that was looked at.
        round(_width(main) * max(width, height) / max(image.size)) if main else 0,
        _sharpness(image.crop(main), FACE) if main else 0.0,
        _jpeg(image),
    )


def distance_here(one: str, other: str) -> float | None:
    """Between the main faces of two clean pictures: 0 for the same picture, above 0.6 for different people."""
    first, second = _described(one), _described(other)
    return None if first is None or second is None else float(((first - second) ** 2).sum() ** 0.5)


def _decoded(path: str) -> tuple[int, int, Image]:
    """Width and height as it came, and the picture upright, opaque and at most LONGEST."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large()
            size = image.width, image.height
            image.draft("RGB", (LONGEST, LONGEST))  # a JPEG is decoded at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LONGEST, LONGEST))
            paper = Image.new("RGB", upright.size, "white")
            transparent = upright.convert("RGBA")
            paper.paste(transparent, mask=transparent)
            return *size, paper
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError, TypeError, EOFError) as error:
        raise invalid() from error


def _too_large() -> RefusedImage:
    return RefusedImage("CAPTURE_TOO_LARGE", _("The picture has more than 50 megapixels. Take a smaller one."))


def _sharpness(image: Image, longest: int) -> float:
    """The variance of the Laplacian in the sharpest quarter: a plain wall behind a sharp face is no fault."""
    from PIL import Image as Images
    from PIL import ImageFilter, ImageStat

    grey = image.convert("L")
    scale = longest / max(grey.size)
    if scale < 1 or longest == FACE:
        grey = grey.resize(
            (max(8, round(grey.width * scale)), max(8, round(grey.height * scale))), Images.Resampling.BOX
        )
    kernel = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
    # The filter leaves the outermost pixels as they were, which would read as the sharpest edge of all.
    edges = grey.filter(kernel).crop((1, 1, grey.width - 1, grey.height - 1))
    variances = sorted((ImageStat.Stat(edges.crop(tile)).var[0] for tile in _tiles(*edges.size)), reverse=True)
    best = variances[: max(1, len(variances) // 4)]
    return round(sum(best) / len(best), 1)


def _tiles(width: int, height: int) -> list[Box]:
    steps = range(4)
    return [
        (width * column // 4, height * row // 4, width * (column + 1) // 4, height * (row + 1) // 4)
        for row in steps
        for column in steps
        if width >= 4 and height >= 4
    ] or [(0, 0, width, height)]


def _jpeg(image: Image) -> bytes:
    image.info.clear()  # comments of the original would otherwise be written out again
    output = io.BytesIO()
    image.save(output, "JPEG", quality=88)
    return output.getvalue()


def _upright_with_faces(image: Image) -> tuple[Image, list[Face]]:
    """The picture turned so that faces stand upright; as it was where none is found."""
    for turn in TURNS:
        turned = image.rotate(turn, expand=True) if turn else image
        if faces := _faces(turned):
            return turned, faces
    return image, _faces(image, doublings=1) if max(image.size) <= SMALL else []


def _faces(image: Image, doublings: int = 0) -> list[Face]:
    from rubrica.faces import models

    found, scores, _places = models.detector.run(models.array(image), doublings, POSSIBLE)
    boxes = [(box.left(), box.top(), box.right(), box.bottom()) for box in found]
    return list(zip(scores, boxes, strict=True))


def _main(faces: list[Face]) -> Box | None:
    """Whose picture it is: large and clear."""
    return max(faces, key=lambda face: face[0] * _width(face[1]), default=(0.0, None))[1]


def _count(faces: list[Face]) -> int:
    """A second one counts when it is surely a face, and not much smaller."""
    main = _main(faces)
    if main is None:
        return 0
    others = [face for score, face in faces if face != main and score >= SURE]
    return 1 + sum(_width(face) >= BYSTANDER * _width(main) for face in others)


def _width(face: Box) -> int:
    return face[2] - face[0]


def _described(path: str) -> Any:
    """The 128 numbers of a picture's main face, or None."""
    from rubrica.faces import models

    _size, _size, image = _decoded(path)
    main = _main(_faces(image) or _faces(image, doublings=1))
    if main is None:
        return None
    pixels = models.array(image)
    shape = models.landmarks(pixels, models.rectangle(*main))
    return models.array(models.network.compute_face_descriptor(pixels, shape, 1))
