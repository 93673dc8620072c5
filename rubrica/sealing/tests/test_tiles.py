"""Squares of a page: put together they are the page, at every size and of every shape."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from rubrica.sealing.intake import render
from rubrica.sealing.intake.tiles import SIDE, render_tile
from rubrica.sealing.values import RefusedPdf
from tests import pdfs


def opened(image: bytes) -> Image.Image:
    return Image.open(io.BytesIO(image)).convert("L")


def test_it_works(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.contract())
    whole = opened(render.render_page(path, 1, 1400))
    made = Image.new("L", whole.size)
    for column in range(2):
        for row in range(2):
            made.paste(opened(render_tile(path, 1, 1400, column, row)), (column * SIDE, row * SIDE))
    # Where squares meet the engine may smooth a letter in another way; nothing is shifted or missing.
    difference = ImageChops.difference(whole, made).resize((140, 181), Image.Resampling.BOX)
    assert difference.point([0] * 12 + [255] * 244).getbbox() is None


def test_the_last_squares_are_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.contract())
    whole = opened(render.render_page(path, 1, 1400))
    corner = opened(render_tile(path, 1, 1400, 1, 1))
    assert corner.size == (whole.width - SIDE, whole.height - SIDE)


@pytest.mark.parametrize(("column", "row", "page"), [(2, 0, 1), (0, 2, 1), (0, 0, 99), (0, 0, 0)])
def test_there_is_no_square_beyond_the_page(tmp_path: Path, column: int, row: int, page: int) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdfs.contract())
    with pytest.raises(RefusedPdf) as refused:
        render_tile(path, page, 1400, column, row)
    assert refused.value.code == "PAGE_MISSING"


def test_a_page_of_five_metres_is_readable_in_squares(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(pdfs.contract(1, size=(595, 14_173)))
    assert opened(render.render_page(path, 1, 800)).width < 100
    assert opened(render_tile(path, 1, 800, 0, 18)).size[0] == 800
