"""The page of signatures: a line with a name beneath it for everybody who signs nowhere else in the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rubrica.sealing.typeset.appearance import clean
from rubrica.sealing.typeset.typesetting import workshop
from rubrica.sealing.typeset.wording import words
from rubrica.sealing.values import Box

TEMPLATE = "signature_page.typ"
PAGE = (595.28, 841.89)  # A4, points
COLUMNS = (56.0, 317.0)  # left edges
TOP = 132.0
ROW = 112.0
ROWS = 6
PLACE = (222.0, 64.0)  # width and height above the line

A_PAGE = ROWS * len(COLUMNS)


@dataclass(frozen=True)
class SignaturePages:
    """The PDF, and the box of each name on it, in order; ``page`` counts from 1 within this PDF."""

    pdf: bytes
    boxes: tuple[Box, ...]


def signature_pages(names: Sequence[str], language: str, document_name: str) -> SignaturePages:
    """As many pages as ``names`` need, in the document's language."""
    places = [_place(number) for number in range(len(names))]
    text = words(language)
    data = {
        "title": text["signatures_title"],
        "page_word": text["page"],
        "document": clean(document_name),
        "language": language.split("-", 1)[0].lower(),
        "width": PAGE[0],
        "height": PAGE[1],
        "line": PLACE[0],
        "pages": [
            [
                {"x": x, "y": y + PLACE[1], "name": clean(name)}
                for name, (_page, x, y) in list(zip(names, places, strict=True))[start : start + A_PAGE]
            ]
            for start in range(0, len(names), A_PAGE)
        ],
    }
    boxes = tuple(Box(page, (x + PLACE[0]) / PAGE[0], (y + PLACE[1]) / PAGE[1], *PLACE) for page, x, y in places)
    with workshop() as shop:
        return SignaturePages(shop.compiled(TEMPLATE, data), boxes)


def _place(number: int) -> tuple[int, float, float]:
    """The page from 1, and the left and top edge of the place above line ``number``."""
    page, here = divmod(number, A_PAGE)
    row, column = divmod(here, len(COLUMNS))
    return page + 1, COLUMNS[column], TOP + row * ROW
