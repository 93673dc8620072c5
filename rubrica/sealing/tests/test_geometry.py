import math

import pytest

from rubrica.sealing.pdf.geometry import PageGeometry, box_fits
from rubrica.sealing.values import Box, PageSize


def rectangle(geometry: PageGeometry, box: Box) -> tuple[float, ...]:
    a, b, c, d, e, f = geometry.matrix(box)
    xs, ys = (e, e + a * box.w + c * box.h), (f, f + b * box.w + d * box.h)
    return tuple(round(value, 2) for value in (min(xs), min(ys), max(xs), max(ys)))


def test_the_contracts_vectors() -> None:
    a4 = PageGeometry(0, 0, 595.28, 841.89)
    assert rectangle(a4, Box(1, 0.65, 0.80, 150, 50)) == (236.93, 168.38, 386.93, 218.38)
    letter = PageGeometry(0, 0, 612, 792)
    box = Box(1, 0.5854166461564629, 0.8034861200774693, 100, 50)
    assert rectangle(letter, box) == (258.27, 155.64, 358.27, 205.64)


def test_user_unit_makes_a_box_smaller_in_user_space() -> None:
    assert rectangle(PageGeometry(0, 0, 300, 400, unit=2), Box(1, 1, 1, 100, 50)) == (250, 0, 300, 25)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_fractions_undo_the_matrix(rotation: int) -> None:
    geometry = PageGeometry(20, 30, 400, 600, rotation)
    box = Box(1, 0.7, 0.4, 80, 30)
    left, bottom, right, top = rectangle(geometry, box)
    corners = [geometry.fraction(left, bottom), geometry.fraction(right, top)]
    size = geometry.displayed
    assert max(x for x, _y in corners) == pytest.approx(box.x, abs=1e-4)
    assert max(y for _x, y in corners) == pytest.approx(box.y, abs=1e-4)
    assert min(x for x, _y in corners) == pytest.approx(box.x - box.w / size.width, abs=1e-4)
    assert min(y for _x, y in corners) == pytest.approx(box.y - box.h / size.height, abs=1e-4)


@pytest.mark.parametrize(
    ("box", "fits"),
    [
        (Box(1, 1, 1, 100, 50), True),
        (Box(1, 0.25, 0.25, 50, 50), True),
        (Box(1, 0.2479, 0.25, 50, 50), True),  # 0.42 points out
        (Box(1, 0.24, 0.25, 50, 50), False),
        (Box(1, 1.01, 1, 50, 50), False),
        (Box(2, 0.5, 0.5, 50, 50), False),
        (Box(0, 0.5, 0.5, 50, 50), False),
        (Box(-1, 0.5, 0.5, 50, 50), False),
        (Box(1, 0.5, 0.5, 0, 50), False),
        (Box(1, math.nan, 0.5, 50, 50), False),
        (Box(1, 0.5, math.inf, 50, 50), False),
    ],
)
def test_a_box_lies_on_its_page(box: Box, fits: bool) -> None:
    assert box_fits([PageSize(200, 200)], box) is fits
