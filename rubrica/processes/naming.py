"""Where things lie in an evidence bundle and in a container (docs/verify.md, "The evidence bundle")."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

README, INDEX, EVENTS, LEDGER = "README.txt", "index.json", "events.jsonl", "ledger.json"
SEALED, MANIFEST, ORIGINAL, SHOWN = "sealed.pdf", "manifest.json", "original.pdf", "shown.pdf"
SEALED_EVIDENCE, EVIDENCE_MANIFEST = f"evidence/{SEALED}", f"evidence/{MANIFEST}"
LONGEST_STEM, LONGEST_ENDING = 60, 8  # letters


def document_folder(number: int, code: str) -> str:
    return f"documents/{number:02}-{code}"


def file_paths(names: Sequence[str]) -> list[str]:
    """``files/001-cedula.jpg`` for each, from 001: its number in the manifest, and a name that is safe everywhere."""
    return [f"files/{number:03}-{harmless(name)}" for number, name in enumerate(names, start=1)]


def harmless(name: str) -> str:
    """Plain letters, so that every program unpacks the same name and no URI has to spell it otherwise.

    The name as it was sent is in the manifest.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    stem, ending = _plain(path.stem)[:LONGEST_STEM].strip("._-"), _plain(path.suffix)
    return (stem or "file") + (ending if 1 < len(ending) <= LONGEST_ENDING else "")


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "_", letters)
