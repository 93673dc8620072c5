from collections.abc import Callable
from pathlib import Path

import pytest

from rubrica.sealing.tests.material import authority_and_key, order_for, participant, pdf_with
from rubrica.sealing.values import Box, SigningKey
from rubrica.sealing.writing.seal import seal


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return authority_and_key()


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory, key: SigningKey) -> Path:
    """A two-page contract sealed with one stamp; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("sealed")
    source = pdf_with(folder / "source.pdf", [{}, {}])
    target = folder / "sealed.pdf"
    seal(source, target, order_for(source, participant(Box(1, 0.6, 0.8, 150, 50))), key)
    return target


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "copy.pdf"
        path.write_bytes(data)
        return path

    return write
