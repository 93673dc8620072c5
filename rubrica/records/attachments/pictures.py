"""Pictures among the attachments: how large they are, and drawn anew where a field sets a width.

Nothing that came is changed otherwise: an attachment is evidence.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rubrica.files import intake
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.records.attachments import picturework
from rubrica.records.attachments.incoming import Incoming
from rubrica.sealing import sandbox
from rubrica.sealing.values import Refusal

SECONDS, MEGABYTES = 20, 1536  # 100 megapixels in RGBA are 400 MB, and are held twice while they are turned
LARGEST = 256 * 1024 * 1024  # bytes of a picture that was drawn anew


@dataclass(frozen=True)
class Picture:
    """What can be said of a file that is a picture which can be decoded: ``file`` may be drawn anew."""

    file: Incoming
    width: int
    height: int


@contextmanager
def looked_at(file: Incoming, widest: int | None) -> Iterator[Picture | None]:
    """None for what is no picture. One that is wider than ``widest`` comes as a narrower one."""
    if not file.sniffed.startswith("image/"):
        yield None
        return
    with _path(file) as path:
        found = _looked(path)
        if found is None or widest is None or found[0] <= widest:
            yield Picture(file, *found) if found else None
            return
        drawn = _narrowed(path, widest)
    if drawn is None:
        yield Picture(file, *found)
        return
    data, width, height = drawn
    with intake.arriving(io.BytesIO(data), limit=LARGEST) as arrived:
        yield Picture(replace(file, content=arrived), width, height)


def size_of(blob: Blob) -> tuple[int, int] | None:
    """Width and height of a kept picture; None for what is no picture."""
    if not blob.media_type.startswith("image/"):
        return None
    with local_path(blob) as path:
        return _looked(path)


def _looked(path: Path) -> tuple[int, int] | None:
    try:
        return sandbox.run(picturework.look_here, str(path), seconds=SECONDS, megabytes=MEGABYTES)
    except Refusal:
        return None  # it calls itself a picture and is none that can be shown: a file like any other


def _narrowed(path: Path, width: int) -> tuple[bytes, int, int] | None:
    try:
        return sandbox.run(picturework.narrow_here, str(path), width, seconds=SECONDS, megabytes=MEGABYTES)
    except Refusal:
        return None


@contextmanager
def _path(file: Incoming) -> Iterator[Path]:
    if isinstance(file.content, Blob):
        with local_path(file.content) as path:
            yield path
    else:
        yield file.content.path
