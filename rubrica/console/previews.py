"""A picture of a file that somebody sent: pixels drawn anew by us in a confined child, never the file itself."""

from rubrica import database
from rubrica.console.redraw import redraw
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.sealing import sandbox
from rubrica.sealing.intake.render import page_count, render_page
from rubrica.sealing.values import Refusal

PDF = "application/pdf"
FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/avif": "AVIF",
    "image/heic": "HEIF",
}


class NotShown(Exception):
    """There is no picture of this file: it is of another kind, broken, or too costly to draw."""


def can_show(media_type: str) -> bool:
    return media_type == PDF or media_type in FORMATS


def picture(blob: Blob, width: int, page: int = 1) -> bytes:
    """A JPEG at most ``width`` pixels wide: the image, or a page of the PDF. Raises NotShown."""
    if not can_show(blob.media_type) or (page != 1 and blob.media_type != PDF):
        raise NotShown
    database.let_go()
    try:
        with local_path(blob) as path:
            if blob.media_type == PDF:
                return render_page(path, page, width)
            return sandbox.run(redraw, str(path), FORMATS[blob.media_type], width, megabytes=1536)
    except (Refusal, FileNotFoundError) as error:
        raise NotShown from error


def pages(blob: Blob) -> int:
    """How many pictures there are of it: none where it cannot be shown."""
    if blob.media_type != PDF:
        return 1 if can_show(blob.media_type) else 0
    database.let_go()
    try:
        with local_path(blob) as path:
            return page_count(path)
    except (Refusal, FileNotFoundError):
        return 0
