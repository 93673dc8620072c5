"""A blob as a file on this machine, for engines that read by path."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rubrica.files import storage
from rubrica.files.models import Blob


@contextmanager
def local_path(blob: Blob) -> Iterator[Path]:
    """The storage's own file where it has one, else a temporary copy. Raises FileNotFoundError."""
    blob.check_kept()
    path = own_path(blob)
    if path is not None and path.exists():
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=storage.incoming()) as copy, blob.open() as source:
        shutil.copyfileobj(source, copy, 1024 * 1024)
        copy.flush()
        yield Path(copy.name)


def own_path(blob: Blob) -> Path | None:
    """Where a storage on this machine has it as it is; None for any other."""
    if blob.encrypted:
        return None
    try:
        return Path(storage.storage().path(blob.key))
    except NotImplementedError:
        return None
