import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from rubrica.sealing.intake.render import page_words, render_page
from rubrica.sealing.tests.material import bomb, pdf_with
from rubrica.sealing.values import RefusedPdf


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])


def test_it_works(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "a.pdf", [{}, {"Rotate": 90}])
    assert picture(render_page(path, 1, 600)).size == (600, 850)
    assert picture(render_page(path, 2, 842)).size == (842, 595)


def test_no_side_is_longer_than_the_limit(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "a.pdf", [{"MediaBox": pikepdf.Array([0, 0, 100, 10000])}])
    assert max(picture(render_page(path, 1, 5000)).size) <= 2000


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_lie_where_they_are_seen(tmp_path: Path, rotation: int) -> None:
    """The word's box, looked up in the rendered page, holds dark ink, and the frame of it does not go further."""
    page = {"Rotate": rotation, "CropBox": pikepdf.Array([40, 50, 560, 800])}
    path = pdf_with(tmp_path / "a.pdf", [page])
    image = picture(render_page(path, 1, 1000)).convert("L")
    dark = image.point(lambda value: 255 if value < 90 else 0).getbbox()
    assert dark is not None
    words = page_words(path, 1)
    assert [word.text for word in words] == ["Page", "1", "words"]
    edges = (
        min(word.x for word in words) * image.width,
        min(word.y for word in words) * image.height,
        max(word.x + word.w for word in words) * image.width,
        max(word.y + word.h for word in words) * image.height,
    )
    assert edges == pytest.approx(dark, abs=4)


def test_refusals(tmp_path: Path) -> None:
    path = pdf_with(tmp_path / "a.pdf")
    for number in (0, 2):
        with pytest.raises(RefusedPdf, match="PAGE_MISSING"):
            render_page(path, number, 100)
    (tmp_path / "b.pdf").write_bytes(bomb())
    (tmp_path / "c.pdf").write_bytes(b"not a pdf")
    for name in ("b.pdf", "c.pdf"):
        with pytest.raises(RefusedPdf, match="PDF_INVALID"):
            render_page(tmp_path / name, 1, 100)
