"""What an attachment is called and what it is: the sender's name made safe, and the type that the content tells."""

import mimetypes
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

import filetype

from rubrica.files.intake import IntakeRefused

MOST_BYTES = 255  # what file systems take
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # control characters, marks that turn the reading direction, line breaks
TEXT, BYTES, ARCHIVE = "text/plain", "application/octet-stream", "application/zip"
# Documents that are archives inside; some programs write them so that they are not told from any other.
PACKED = ("application/vnd.openxmlformats", "application/vnd.oasis", "application/epub")


def file_name(name: str) -> str:
    """The base name in NFC without control characters; nothing is added (contract/aero.md §3.2).

    Raises IntakeRefused with FILE_NAME_INVALID (400) when nothing is left or it is longer than 255 bytes.
    """
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(letter for letter in base if unicodedata.category(letter) not in UNSEEN).strip()
    if not base.strip("."):
        raise IntakeRefused("FILE_NAME_INVALID", 400, "The file has no name.")
    if len(base.encode()) > MOST_BYTES:
        raise IntakeRefused(
            "FILE_NAME_INVALID", 400, "A file name may have %(most)s bytes at the most.", most=MOST_BYTES
        )
    return base


def shortened(name: str) -> str:
    """A name that we have made of others', cut to what file systems take, its ending kept."""
    path = PurePosixPath(name)
    room = MOST_BYTES - len(path.suffix.encode())
    return path.stem.encode()[:room].decode(errors="ignore") + path.suffix


def media_type(name: str, sniffed: str) -> str:
    """What the content tells. The name's ending says more of texts and unknown bytes, but not that they are something
    that content would have told."""
    told = mimetypes.guess_type(name, strict=False)[0]
    if told is None:
        return sniffed
    if sniffed == ARCHIVE:
        return told if told.startswith(PACKED) else sniffed
    return told if sniffed in {TEXT, BYTES} and filetype.get_type(mime=told) is None else sniffed


def check_accepted(name: str, sniffed: str, accepted: Sequence[str]) -> None:
    """Holds a file against a field's ``acceptedTypes``, as HTML has them: ``image/*``, ``application/pdf``, ``.csv``.

    Raises IntakeRefused with FILE_TYPE_REFUSED (415). Content decides: a page that is called x.pdf is no PDF.
    """
    if accepted and not any(_is_one_of(wanted.strip().lower(), name, sniffed) for wanted in accepted):
        raise IntakeRefused("FILE_TYPE_REFUSED", 415, "This field takes %(types)s only.", types=", ".join(accepted))


def _is_one_of(wanted: str, name: str, sniffed: str) -> bool:
    found = media_type(name, sniffed)
    if wanted.startswith("."):
        told = mimetypes.guess_type(f"x{wanted}", strict=False)[0]
        return PurePosixPath(name).suffix.lower() == wanted and (told is None or told == found)
    if wanted.endswith("/*"):
        return found.startswith(wanted[:-1])
    return found == wanted
