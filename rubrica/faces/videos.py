"""How long a video is, read from its container; its pictures are never decoded here."""

from dataclasses import dataclass
from pathlib import Path

from rubrica.faces import containers
from rubrica.sealing import sandbox
from rubrica.sealing.values import SandboxError

SECONDS, MEGABYTES = 20, 1024
VIDEO_TYPES = {"video/mp4": "mp4", "video/x-m4v": "mp4", "video/webm": "webm", "video/x-matroska": "webm"}


@dataclass(frozen=True)
class Video:
    """``seconds`` is None where the container does not tell."""

    seconds: float | None


def look_at_video(path: Path, media_type: str) -> Video:
    """Raises RefusedImage with CAPTURE_INVALID when the bytes are not the mp4 or WebM that they begin like."""
    kind = VIDEO_TYPES.get(media_type)
    if kind is None:
        raise containers.invalid()
    try:
        return Video(sandbox.run(containers.seconds_here, str(path), kind, seconds=SECONDS, megabytes=MEGABYTES))
    except SandboxError as error:
        raise containers.invalid() from error
