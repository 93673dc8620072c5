"""The whole way of every kind of file: intake, seal, three validators, and each page compared with what was shown.

docs/sealing.md has the table of what is tried here, cell by cell.
"""

import ipaddress
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageDraw

from rubrica.sealing.intake.prepare import prepare
from rubrica.sealing.intake.render import page_count
from rubrica.sealing.levels import fetching, server
from rubrica.sealing.levels.raising import raise_level
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.stamping import Stamper, forget_troubles
from rubrica.sealing.tests.corpus import REFUSED, SIGNED, UNSIGNED
from rubrica.sealing.tests.engines import pictures
from rubrica.sealing.tests.material import order_for, participant
from rubrica.sealing.values import Box, PageSize, RefusedPdf, SigningKey
from rubrica.sealing.verification.verify import verify
from rubrica.sealing.writing import seal as seal_module
from rubrica.sealing.writing.seal import seal
from tests import tsa
from tests.tsa import Authority

LOOKED_AT = 8  # pages of a long document
DOTS = 0.7  # pixels a point


@dataclass(frozen=True)
class Taken:
    """A file that was taken in and sealed."""

    shown: Path
    sealed: Path
    sizes: tuple[PageSize, ...]
    boxes: tuple[Box, ...]
    warnings: tuple[str, ...]


def taken(source: Path, key: SigningKey) -> Taken:
    prepared = prepare(source, source.with_name("shown.pdf"), [], "es", "Contrato")
    shown = source.with_name("shown.pdf") if prepared.changed else source
    found, sealed = prepared.inspection, source.with_name("sealed.pdf")
    boxes = tuple(Box(page, 0.8, 0.7, 90, 40) for page in sorted({1, len(found.pages)}))
    order = order_for(shown, participant(*boxes), is_prepared=not found.signatures)
    result = seal(shown, sealed, order, key)
    assert result.pages == len(found.pages) + result.evidence_pages
    assert not result.normalised and sealed.read_bytes().startswith(shown.read_bytes())
    return Taken(shown, sealed, found.pages, boxes, found.warnings)


def agree(path: Path, key: SigningKey, signatures: int, level: str = "B-B") -> None:
    """pyHanko inside ``verify``, poppler, qpdf as a library and as a program: none finds anything wrong."""
    found = verify(path, [key.chain[-1]], stamp_anchors=[key.chain[-1]])
    assert (found["intact"], found["sealed_by_us"], found["level"]) == (True, True, level), repr(found["signatures"])
    of_people = [item for item in found["signatures"] if item["kind"] in {"certification", "approval"}]
    assert [item["intact"] for item in of_people] == [True] * signatures
    with pikepdf.open(path, attempt_recovery=False) as pdf:
        assert (pdf.check_pdf_syntax(), pdf.get_warnings()) == ([], [])
    for program, arguments in (("qpdf", ["--check", str(path)]), ("pdfsig", [str(path)])):
        if shutil.which(program):
            said = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
            # Of archive timestamps pdfsig says that it does not know them.
            assert (said.returncode, "" if level == "B-LTA" else said.stderr) == (0, ""), said
            if program == "pdfsig":
                assert said.stdout.count("Signature is Valid") >= signatures
                assert "Total document signed" in said.stdout


def assert_same_outside(file: Taken) -> None:
    """Exactly the same pixels on every page but in the boxes, and something new in each of those."""
    count = len(file.sizes)
    assert (page_count(file.shown), page_count(file.sealed) > count) == (count, True)
    numbers = sorted({*range(1, count + 1)[:LOOKED_AT], count})
    drawn = (pictures(path, numbers, DOTS) for path in (file.shown, file.sealed))
    for number, one, other in zip(numbers, *drawn, strict=True):
        assert one.size == other.size
        for box in (box for box in file.boxes if box.page == number):
            edges = around(box, file.sizes[number - 1], one)
            assert ImageChops.difference(one.crop(edges), other.crop(edges)).getbbox(), "no stamp"
            for image in (one, other):
                ImageDraw.Draw(image).rectangle(edges, fill="black")
        assert ImageChops.difference(one, other).getbbox() is None, f"page {number} has changed"


def around(box: Box, size: PageSize, image: Image.Image) -> tuple[int, int, int, int]:
    across, down = image.width / size.width, image.height / size.height
    right, foot = box.x * image.width, box.y * image.height
    return int(right - box.w * across) - 2, int(foot - box.h * down) - 2, int(right) + 2, int(foot) + 2


@pytest.mark.parametrize("kind", UNSIGNED)
def test_unsigned_input(tmp_path: Path, key: SigningKey, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: object) -> None:
        raise AssertionError("what intake has left is never for the library")

    monkeypatch.setattr(seal_module, "_by_library", never)
    file = taken(UNSIGNED[kind](tmp_path / "source.pdf"), key)
    agree(file.sealed, key, signatures=1)
    assert_same_outside(file)


@pytest.mark.parametrize("kind", SIGNED)
def test_signed_input(tmp_path: Path, key: SigningKey, kind: str) -> None:
    source = SIGNED[kind](tmp_path / "source.pdf")
    file = taken(source, key)
    assert file.shown == source and "SIGNED" in file.warnings
    agree(file.sealed, key, signatures=source.read_bytes().count(b"/ByteRange") + 1)
    assert_same_outside(file)


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_input_says_why(tmp_path: Path, kind: str) -> None:
    make, code = REFUSED[kind]
    source = make(tmp_path / "source.pdf")
    with pytest.raises(RefusedPdf) as refusal:
        prepare(source, tmp_path / "shown.pdf", [], "es", "Contrato")
    assert refusal.value.code == code
    assert refusal.value.detail.endswith(".") and len(refusal.value.detail) > 15
    assert not (tmp_path / "shown.pdf").exists()


# ------------------------------------------------------------ levels


@pytest.fixture(scope="module")
def running() -> Iterator[Authority]:
    with tsa.authority(life=timedelta(days=400)) as authority:
        yield authority


@pytest.fixture
def timestamps(running: Authority, settings: Any) -> Server:
    settings.ALLOWED_PRIVATE = [ipaddress.ip_network("127.0.0.0/8")]
    fetching.forget()
    forget_troubles()
    found = server.read(running.url, running.pem)
    assert found is not None
    return found


FOR_LEVELS = {
    "unsigned, table": UNSIGNED["a cross-reference table"],
    "unsigned, object streams": UNSIGNED["object streams"],
    "signed before": SIGNED["one signature"],
    "certified before": SIGNED["certified"],
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FOR_LEVELS)
def test_every_level(tmp_path: Path, running: Authority, timestamps: Server, kind: str) -> None:
    source = FOR_LEVELS[kind](tmp_path / "source.pdf")
    key = running.signer()
    file = taken(source, replace(key, timestamper=Stamper(timestamps)))
    signatures = source.read_bytes().count(b"/ByteRange") + 1
    agree(file.sealed, key, signatures, level="B-T")
    raised = tmp_path / "raised.pdf"
    assert raise_level(file.sealed, raised, timestamps).level == "B-LTA"
    agree(raised, key, signatures, level="B-LTA")
    assert raised.read_bytes().startswith(file.sealed.read_bytes())
    assert_same_outside(replace(file, sealed=raised))
