"""100 MB into a storage on this disk and out again, encrypted against plain; and the end of a large file alone."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure

ROUNDS = 5
MEGABYTE = 1_000_000
SIZE = 100 * MEGABYTE
PART = 1000  # bytes
KEY = "7/ab/abcdef"


def measure() -> list[Figure]:
    """CPU of this process, the rounds of both interleaved. The plain one is written as the encrypted one is, since
    keeping it is a rename otherwise."""
    os.environ.setdefault("RUBRICA_DATABASE_URL", "postgresql://nobody@127.0.0.1/nothing")  # nothing is asked of it
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        return _measured(Path(folder))


def _measured(folder: Path) -> list[Figure]:
    from django.core.files.base import ContentFile

    from rubrica.files import keys
    from rubrica.files.encrypted import EncryptedStorage
    from rubrica.files.envelope import Key
    from rubrica.files.storage import LocalStorage

    known = keys._Known(Key(b"k" * 16, os.urandom(32)), b"", float("inf"))
    keys._by_id[known.key.id] = keys._writing[7] = known
    content = os.urandom(SIZE)
    kinds: dict[str, Any] = {
        "plain": LocalStorage(folder / "plain"),
        "encrypted": EncryptedStorage(LocalStorage(folder / "encrypted"), encrypts=True),
    }
    ways: dict[str, Callable[[Any], object]] = {
        "write": lambda kept: kept.replace(KEY, ContentFile(content)),
        "read": lambda kept: _read(kept.open(KEY), SIZE),
        "part": lambda kept: _read(kept.part(KEY, SIZE - PART, SIZE - 1), PART),
    }
    taken = {
        (way, kind): [_cpu(do, kept) for _ in range(ROUNDS)] for way, do in ways.items() for kind, kept in kinds.items()
    }
    found = {name: median(times) for name, times in taken.items()}
    return [
        _figure("write 100 MB encrypted", found, "write", "≤ plain + one hash pass"),
        _figure("read 100 MB encrypted", found, "read", "≤ plain + one hash pass"),
        _figure("read the last KB of 100 MB encrypted", found, "part", "≤ 1 ms"),
    ]


def _figure(name: str, found: dict[tuple[str, str], float], way: str, goal: str) -> Figure:
    return Figure(f"{name}, CPU", found[way, "encrypted"], "ms", goal, found[way, "plain"], "plain")


def _cpu(do: Callable[[Any], object], kept: Any) -> float:
    begun = time.process_time()
    do(kept)
    return (time.process_time() - begun) * 1000


def _read(file: Any, size: int) -> None:
    with file:
        while size and (chunk := file.read(min(size, MEGABYTE))):
            size -= len(chunk)
    assert size == 0
