"""Pages of a document as pictures, made when somebody looks and kept by the digest of the bytes they show."""

import os
import tempfile
from pathlib import Path

from django.conf import settings

from rubrica import database
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.sealing.intake.render import render_page

WIDTHS = (400, 800, 1200, 1600, 2000)  # pixels; few, so that devices share what was rendered


def page_image(blob: Blob, number: int, width: int) -> bytes:
    """JPEG of page ``number`` (from 1), of the next larger width in ``WIDTHS``. Raises RefusedPdf, SandboxError."""
    pixels = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
    kept = settings.DATA_DIR / "cache" / "pages" / blob.sha256[:2] / blob.sha256 / f"{number}-{pixels}.jpg"
    try:
        return bytes(kept.read_bytes())
    except FileNotFoundError:
        pass
    database.let_go()
    with local_path(blob) as path:
        image = render_page(path, number, pixels)
    _keep(kept, image)
    return image


def _keep(path: Path, image: bytes) -> None:
    """Renamed into place, so that nobody reads half a picture; it may be lost, since it can be made again."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(image)
        file.flush()
        os.fsync(file.fileno())  # else a power cut may leave an empty picture under the lasting name
    os.replace(name, path)
