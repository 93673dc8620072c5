"""One server that speaks S3 for all tests of a session, and a bucket of its own for each."""

from collections.abc import Iterator
from itertools import count

import pytest

from rubrica.files import address
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
