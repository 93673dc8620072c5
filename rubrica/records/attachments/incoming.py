"""A file that has come in whole and is on its way into a field."""

from dataclasses import dataclass

from django.conf import settings

from rubrica.files.intake import Arrived, IntakeRefused
from rubrica.files.models import Blob


@dataclass(frozen=True)
class Incoming:
    """``name`` is clean already. ``content`` is a Blob where the caller named one of our own download addresses."""

    name: str
    content: Arrived | Blob

    @property
    def size(self) -> int:
        return self.content.size

    @property
    def sniffed(self) -> str:
        """The media type that the content tells."""
        return self.content.media_type


@dataclass(frozen=True)
class Allowance:
    """What one call may bring: ``files``, and bytes of each."""

    files: int
    size: int

    @classmethod
    def of_field(cls, megabytes: float | None) -> "Allowance":
        """A field may take less than a call, and never more."""
        most: int = settings.MAX_ATTACHMENT_BYTES
        own = most if megabytes is None else int(megabytes * 1024 * 1024)
        return cls(settings.MAX_ATTACHMENTS_A_CALL, min(most, own))


def too_many(most: int) -> IntakeRefused:
    return IntakeRefused("TOO_MANY_FILES", 400, "One call may bring %(most)s files at the most.", most=most)


def none_came() -> IntakeRefused:
    return IntakeRefused("FILE_MISSING", 400, "The call brings no file.")
