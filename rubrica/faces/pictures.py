"""What a picture is worth as evidence, and how alike the faces in two of them are."""

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.faces import engine
from rubrica.sealing import sandbox
from rubrica.sealing.values import RefusedImage, SandboxError, SandboxTimeout

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
SECONDS, MEGABYTES = 60, 1536  # a picture of 50 megapixels as RGB is 150 MB, and is held twice while it is turned

# dlib's network was trained so that two pictures of one person lie closer than 0.6 (the authors' own threshold); there
# the similarity is a half. The slope spreads what matters: 0.4 is 0.92, 0.5 is 0.77, 0.7 is 0.23, 0.8 is 0.08.
MIDDLE, SLOPE = 0.6, 12


@dataclass(frozen=True)
class Picture:
    """A picture as it was looked at.

    ``sharpness`` is the variance of the edges where they are strongest: below 20 is blurred, above 100 is sharp.
    ``faces`` counts faces of people; with None nobody could look, as the extra ``faces`` is not installed. Width (in
    pixels) and sharpness of the main face are 0 where there is none. ``clean`` is the picture as JPEG: upright, at
    most 1600 pixels long, drawn anew, so without anything but pixels.
    """

    width: int
    height: int
    sharpness: float
    faces: int | None
    face_width: int
    face_sharpness: float
    clean: bytes


@cache
def can_compare() -> bool:
    """Whether the extra ``faces`` is installed. Asked without importing it: its models are 100 MB."""
    return all(importlib.util.find_spec(name) for name in ("dlib", "numpy", "face_recognition_models"))


def look(path: Path) -> Picture:
    """Raises RefusedImage: CAPTURE_INVALID for what is no JPEG, PNG or WebP, CAPTURE_TOO_LARGE above 50 megapixels,
    CAPTURE_TIMEOUT when there is too much else to do."""
    try:
        return Picture(*_run(engine.look_here, str(path), can_compare()))
    except SandboxTimeout as error:
        raise RefusedImage("CAPTURE_TIMEOUT", _("Looking at the picture took too long. Send it again.")) from error
    except SandboxError as error:
        raise engine.invalid() from error


def _run(function: Callable[[Unpack[Ts]], T], *args: *Ts) -> T:
    models = "rubrica.faces.models" if can_compare() else ""
    return sandbox.run(function, *args, seconds=SECONDS, megabytes=MEGABYTES, engine=models)


def similarity(one: Path, other: Path) -> float | None:
    """From 0 to 1, the more alike the main faces of two clean pictures the higher; a half is the border.

    None when the extra is not installed or one of them shows no face.
    """
    if not can_compare():
        return None
    try:
        distance = _run(engine.distance_here, str(one), str(other))
    except (SandboxError, RefusedImage):
        return None
    return None if distance is None else similarity_at(distance)


def similarity_at(distance: float) -> float:
    return round(1 / (1 + math.exp(SLOPE * (distance - MIDDLE))), 4)
