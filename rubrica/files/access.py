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
    try:
        path = Path(storage.storage().path(blob.key))
    except NotImplementedError:
        with tempfile.NamedTemporaryFile(dir=storage.incoming()) as copy, blob.open() as source:
            shutil.copyfileobj(source, copy, 1024 * 1024)
            copy.flush()
            yield Path(copy.name)
        return
    if not path.exists():
        raise FileNotFoundError(path)
    yield path
