"""One server that speaks S3 for all tests of a session, and a bucket of its own for each."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rubrica.files import address, keys, roots
from rubrica.files.models import StorageKey
from rubrica.files.s3 import S3Storage
from tests import s3

NUMBERS = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with s3.serving() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(server: str) -> str:
    """Its name."""
    name = f"papers-{next(NUMBERS)}"
    s3.make_bucket(server, name)
    return name


def opened(url: str) -> S3Storage:
    place = address.read(url)
    assert isinstance(place, address.Bucket)
    return S3Storage(place)


@pytest.fixture
def wire(server: str) -> Iterator[s3.Wire]:
    with s3.wire(server) as found:
        yield found


@pytest.fixture
def encryption(db: None, settings: Any, tmp_path: Path) -> Any:
    """Switched on, with a root key of the test's own. Keys are made on another connection, so those of the tests
    before are still there."""
    StorageKey.objects.all().delete()
    keys.forget_known()
    settings.ENCRYPTION = True
    settings.ROOT_KEY_FILE = tmp_path / "root.key"
    settings.STORAGES = {**settings.STORAGES}  # Django makes its storages anew
    roots.begin(settings.ROOT_KEY_FILE)
    return settings
