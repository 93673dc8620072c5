"""The place in a PDF that is kept free for a signature or a timestamp, and the digest of a whole file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def fill(path: Path, start: int, end: int, content: bytes) -> bool:
    """Writes ``content`` as hexadecimal digits between the angle brackets at ``start`` and ``end``, and syncs the file.

    False, and nothing is written, where there is not enough room.
    """
    digits = content.hex().upper().encode()
    if len(digits) > end - start - 2:
        return False
    with path.open("r+b") as file:
        file.seek(start + 1)
        file.write(digits)
        file.flush()
        os.fsync(file.fileno())
    return True


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
