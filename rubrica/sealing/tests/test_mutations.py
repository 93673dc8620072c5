"""One changed byte anywhere is always noticed. ``make mutations`` asks at 1,000 places and more, the suite at fewer.

The places are the same every time, for the same seed; which ones they were is told where one is missed.
"""

import logging
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from rubrica.sealing.tests.test_raising import (  # noqa: F401 - fixtures
    authority,
    plain,
    raised,
    running,
    sealed_in,
    server_of,
    signer,
    stamped,
)
from rubrica.sealing.values import SigningKey
from rubrica.sealing.verification.verify import verify_here
from tests.tsa import Authority

SEED = int(os.environ.get("MUTATION_SEED", "7"))
PLACES = int(os.environ.get("MUTATIONS", "200"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The library logs every broken signature at length."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def ders(certificates: Sequence[object]) -> list[bytes]:
    return [one.public_bytes(Encoding.DER) for one in certificates]  # type: ignore[attr-defined]


def gaps(path: Path) -> list[tuple[int, int]]:
    """Where each signature's own digits are, with the zeros behind them."""
    with path.open("rb") as file:
        ranges = [[int(n) for n in one.byte_range] for one in PdfFileReader(file).embedded_signatures]
    return [(before, after) for _zero, before, after, _length in ranges]


def places_of(path: Path, count: int) -> list[int]:
    """All over the file, half of them as the dice fall and the others where it hurts: edges, ranges and signatures."""
    size, dice = path.stat().st_size, random.Random(SEED)
    critical = [*range(12), *range(size - 12, size)]
    for before, after in gaps(path):
        critical += [*range(before - 10, before + 3), *range(after - 3, after + 10)]
        critical += dice.sample(range(before + 1, min(after, before + 3000)), min(count // 4, 200))
    return sorted({*critical, *dice.sample(range(size), count)})


def missed(path: Path, target: Path, roots: list[bytes], stamp_roots: list[bytes], places: Sequence[int]) -> list[int]:
    data, dice, found = path.read_bytes(), random.Random(SEED), []
    inside = gaps(path)
    for place in places:
        changed = bytearray(data)
        is_digit = any(before < place < after - 1 for before, after in inside)
        other = (data[place] + dice.randrange(1, 256)) % 256
        if is_digit and other == data[place] ^ 0x20:
            other ^= 1  # a digit in the other case is the same digit
        changed[place] = other
        target.write_bytes(changed)
        answer = verify_here(str(target), roots, stamp_roots)
        if answer["intact"] or answer["process"]:
            found.append(place)
    return found


def test_every_changed_byte_is_found(sealed: Path, key: SigningKey, tmp_path: Path) -> None:
    places = places_of(sealed, PLACES)
    assert missed(sealed, tmp_path / "a.pdf", ders(key.chain), [], places) == [], f"with seed {SEED}"


@pytest.mark.django_db
def test_every_changed_byte_of_an_archived_file_is_found(
    stamped: Path,  # noqa: F811
    signer: SigningKey,  # noqa: F811
    authority: Authority,  # noqa: F811
    tmp_path: Path,
) -> None:
    """A timestamp in the seal, revocation data, and an archive timestamp over all of it."""
    archived = tmp_path / "archived.pdf"
    assert raised(stamped, archived, authority).level == "B-LTA"
    server = server_of(authority)
    roots, stamps = ders(signer.chain[-1:]), ders(server.anchors)
    found = verify_here(str(archived), roots, stamps)
    assert (found["intact"], found["sealed_by_us"], found["level"]) == (True, True, "B-LTA")
    assert found["signatures"][0]["timestamp"]["trusted"] is True
    assert {change["kind"] for change in found["signatures"][0]["changes"]} <= {
        "validation_data", "archive_timestamp", "dates",
    }  # fmt: skip
    places = places_of(archived, PLACES // 4)
    assert missed(archived, tmp_path / "a.pdf", roots, stamps, places) == [], f"with seed {SEED}"
