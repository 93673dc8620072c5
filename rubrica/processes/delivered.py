"""A file that a participant delivers, as it is kept: a photograph of a telephone as a JPEG that all can open."""

import io
from pathlib import PurePath
from typing import NamedTuple

from rubrica import database
from rubrica.accounts.models import Organization
from rubrica.files import intake, types
from rubrica.files.models import Blob
from rubrica.sealing.intake.photograph import jpeg_of_heic
from rubrica.sealing.values import SandboxError

HEIC = "image/heic"
LARGEST = 256 << 20  # bytes; of what we draw ourselves


class Delivered(NamedTuple):
    """``original`` is the SHA-256 of what came, where something else was made of it."""

    blob: Blob
    name: str
    original: str


def keep(organization: Organization, arrived: intake.Arrived, name: str) -> Delivered:
    """Raises IntakeRefused with FILE_TYPE_REFUSED. Drawing takes a second or two, so call it outside a transaction."""
    types.check(arrived.media_type, name)
    if arrived.media_type == HEIC:
        database.let_go()
        try:
            drawn = jpeg_of_heic(arrived.path)
        except SandboxError:
            # One that we cannot read, or not just now, stays what it is: the reviewer sends it back if it is broken.
            return Delivered(Blob.keep(organization, arrived), name, "")
        with intake.arriving(io.BytesIO(drawn), limit=LARGEST) as picture:
            return Delivered(Blob.keep(organization, picture), f"{PurePath(name).stem}.jpg", arrived.sha256)
    return Delivered(Blob.keep(organization, arrived), name, "")
