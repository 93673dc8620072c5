"""Which files are taken: an allow-list over what the content is, held against what the name claims.

Lists of forbidden names have failed others again and again (Parse Server needed seven advisories in 2026),
so what is not listed here does not come in.
"""

import unicodedata
from pathlib import PurePath

from rubrica.files.intake import IntakeRefused

FAMILIES: dict[str, dict[str, tuple[str, ...]]] = {
    "pdf": {"application/pdf": (".pdf",)},
    "image": {
        "image/jpeg": (".jpg", ".jpeg"),
        "image/png": (".png",),
        "image/webp": (".webp",),
        "image/heic": (".heic", ".heif"),
        "image/tiff": (".tif", ".tiff"),
        "image/gif": (".gif",),
    },
    "office": {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
        "application/vnd.oasis.opendocument.text": (".odt",),
        "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    },
    "text": {"text/plain": (".txt", ".csv")},
}
ACCEPTED = tuple(extension for family in FAMILIES.values() for names in family.values() for extension in names)
MAX_NAME_BYTES = 255
MAX_ENDING = 16  # characters; what is longer is a name with a dot in it


def check(media_type: str, name: str) -> None:
    """Raises IntakeRefused with FILE_TYPE_REFUSED (415) unless content and name agree on an accepted kind."""
    by_content = next((family for family in FAMILIES.values() if media_type in family), None)
    extension = PurePath(name).suffix.lower()
    if by_content is None or not any(extension in names for names in by_content.values()):
        raise _refused()


def check_name(name: str) -> None:
    """Raises as ``check`` does when the ending alone tells that the file would be refused; none tells nothing."""
    extension = PurePath(name).suffix.lower()
    if extension and extension not in ACCEPTED:
        raise _refused()


def _refused() -> IntakeRefused:
    return IntakeRefused(
        "FILE_TYPE_REFUSED", 415, "This kind of file is not accepted, or its name says something else than it is."
    )


def pdf_name(name: str) -> str:
    """What a document of this name is called as a file."""
    return name if name.lower().endswith(".pdf") else f"{name}.pdf"


def clean_name(name: str, media_type: str) -> str:
    """The base name in NFC without control characters, 255 bytes at the most; a missing ending is added."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(c for c in base if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}).strip(" .")
    if not base:
        base = "file"
    stem, suffix = PurePath(base).stem, PurePath(base).suffix
    if len(suffix) > MAX_ENDING:
        stem, suffix = base, ""
    if not suffix:
        suffix = next((names[0] for family in FAMILIES.values() for m, names in family.items() if m == media_type), "")
    room = MAX_NAME_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix
