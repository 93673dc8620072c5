"""Pages of a document as pictures, made when somebody looks and kept by the digest of the bytes they show."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from rubrica import database
from rubrica.files import encrypted
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.intake.tiles import render_tile
from rubrica.web.errors import StorageAway

WIDTHS = (400, 800, 1200, 1600, 2000)  # pixels; few, so that devices share what was rendered
THUMB = 200
TILE_WIDTHS = (800, 1200, 1600, 2000, 2800, 4000, 5600, 8000)  # pixels of the page that a square is cut from
PURGE_TO = 0.8  # of the limit, so that the next pictures have room


def page_image(blob: Blob, number: int, width: int) -> bytes:
    """JPEG of page ``number`` (from 1), of the next larger width in ``WIDTHS``. Raises RefusedPdf, SandboxError."""
    pixels = _next((THUMB, *WIDTHS), width)
    return _kept(blob, f"{number}-{pixels}.jpg", lambda path: render_page(path, number, pixels))


def page_tile(blob: Blob, number: int, width: int, column: int, row: int) -> bytes:
    """JPEG of one square of the page at one of ``TILE_WIDTHS``. Raises RefusedPdf, SandboxError."""
    pixels = _next(TILE_WIDTHS, width)
    name = f"{number}-{pixels}-{column}-{row}.jpg"
    return _kept(blob, name, lambda path: render_tile(path, number, pixels, column, row))


def _next(steps: tuple[int, ...], width: int) -> int:
    return next((step for step in steps if step >= width), steps[-1])


def _kept(blob: Blob, name: str, draw: Callable[[Path], bytes]) -> bytes:
    blob.check_kept()
    whose = f"{blob.sha256}/{name}"
    kept = folder() / blob.sha256[:2] / whose
    # Whatever cannot be read, because a key is gone, say, is drawn anew.
    with contextlib.suppress(FileNotFoundError, StorageAway):
        return encrypted.taken_out(kept.read_bytes(), whose)
    database.let_go()
    with local_path(blob) as path:
        image = draw(path)
    _keep(kept, encrypted.put_away(image, blob.organization_id, whose))
    return image


def folder() -> Path:
    return Path(settings.DATA_DIR) / "cache" / "pages"


def _keep(path: Path, image: bytes) -> None:
    """Renamed into place, so that nobody reads half a picture; it may be lost, since it can be made again."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(image)
        file.flush()
        os.fsync(file.fileno())  # else a power cut may leave an empty picture under the lasting name
    os.replace(name, path)


def forget(blob: Blob) -> None:
    """Removes the pictures of a file that was erased, on this machine; on others nobody gets them any more."""
    shutil.rmtree(folder() / blob.sha256[:2] / blob.sha256, ignore_errors=True)


def purge(limit: int) -> int:
    """Removes the oldest pictures where all of them together have more bytes than ``limit``; gives how many."""
    found = []
    for path in folder().rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                told = path.stat()
                found.append((told.st_mtime, told.st_size, path))
    total = sum(size for _, size, _ in found)
    if total <= limit:
        return 0
    removed = 0
    for _, size, path in sorted(found):
        if total <= limit * PURGE_TO:
            break
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # the last picture of its document
        total -= size
        removed += 1
    return removed
