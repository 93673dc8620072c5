"""Signature tags in a PDF's text: ``{{signature:0}}`` is where the first signer signs. Runs in the sandbox.

pdfium finds them, because it reads text as a person sees it: split over operators and fonts, in form XObjects, turned.
``erasing`` takes them out of the content; whatever is then still read, or moved, is covered instead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rubrica.sealing.intake.erasing import TAG
from rubrica.sealing.pdf.geometry import PageGeometry, Rectangle
from rubrica.sealing.values import Box

LEAST_WIDTH = 150.0  # points: a name, a time and a reference can be read in it
LEAST_HEIGHT = 50.0
START = "{{signature:"
COMPARED_SIDE = 1200  # pixels of the longer side of the pictures compared
SLACK = 2.0  # points that letters may reach out of their boxes
VISIBLE = 40  # of 255
NEAR = 0.5  # points

Colour = tuple[float, float, float]
Covers = Sequence[tuple[Rectangle, Colour]]


@dataclass(frozen=True)
class Tag:
    """One tag: the signer's index, the page from 0, and the box of its letters in user space."""

    index: int
    page: int
    box: Rectangle

    def place(self, geometry: PageGeometry) -> Box:
        """Where the signature goes: from the tag's lower left corner as displayed, and never off the page."""
        left, top, right, foot = displayed(self.box, geometry)
        page = geometry.displayed
        width = min(max(right - left, LEAST_WIDTH), page.width)
        height = min(max(foot - top, LEAST_HEIGHT), page.height)
        right = min(max(left, 0.0) + width, page.width)
        foot = min(max(foot, height), page.height)
        return Box(self.page + 1, right / page.width, foot / page.height, width, height)


def displayed(box: Rectangle, geometry: PageGeometry) -> Rectangle:
    """Left, top, right and foot of a box of user space, in points of the page as displayed."""
    corners = [geometry.fraction(box[0], box[1]), geometry.fraction(box[2], box[3])]
    page = geometry.displayed
    across = sorted(corner[0] * page.width for corner in corners)
    down = sorted(corner[1] * page.height for corner in corners)
    return across[0], down[0], across[1], down[1]


def find(text: Any, number: int, indexes: Collection[int]) -> list[Tag]:
    """The tags of ``indexes`` in the text of pdfium's page ``number``."""
    if START not in "".join(text.get_text_range().split()):
        return []
    letters, places = _letters(text)
    return [
        Tag(int(match[1]), number, _first_line(places[match.start() : match.end()]))
        for match in TAG.finditer(letters)
        if int(match[1]) in indexes
    ]


def by_page(tags: Sequence[Tag]) -> dict[int, list[Tag]]:
    pages: dict[int, list[Tag]] = {}
    for tag in tags:
        pages.setdefault(tag.page, []).append(tag)
    return pages


def _letters(text: Any) -> tuple[str, list[Rectangle]]:
    """The page's letters without any space between them, each with its box."""
    from pypdfium2 import raw

    letters: list[str] = []
    places: list[Rectangle] = []
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        if 32 < code < 127:  # all that a tag is made of; another letter only has to be different
            letters.append(chr(code))
            places.append(text.get_charbox(index))
        elif code > 127 and code != 0xFFFE and not chr(min(code, 0x10FFFF)).isspace():
            letters.append("\ufffd")
            places.append(text.get_charbox(index))
    return "".join(letters), places


def _first_line(places: Sequence[Rectangle]) -> Rectangle:
    """The box around the letters that stand on one line with the first; a tag may be broken over two."""
    first = places[0]
    upright = [box for box in places if box[1] < first[3] and box[3] > first[1]]
    turned = [box for box in places if box[0] < first[2] and box[2] > first[0]]
    line = upright if len(upright) >= len(turned) else turned
    return min(b[0] for b in line), min(b[1] for b in line), max(b[2] for b in line), max(b[3] for b in line)


# ------------------------------------------------------------ after the letters were taken out


def is_left(before: Any, after: Any, tags: Sequence[Tag], geometry: PageGeometry) -> bool:
    """Whether a tag of the page is still read or seen on it, or anything else on it changed."""
    return _words_moved(before, after, {tag.index for tag in tags}) or _looks_changed(before, after, geometry)


def _words_moved(before: Any, after: Any, indexes: Collection[int]) -> bool:
    letters, places = _letters(before.get_textpage())
    gone = {
        number
        for match in TAG.finditer(letters)
        if int(match[1]) in indexes
        for number in range(match.start(), match.end())
    }
    left, left_places = _letters(after.get_textpage())
    if left != "".join(letter for number, letter in enumerate(letters) if number not in gone):
        return True
    stayed = (place for number, place in enumerate(places) if number not in gone)
    return any(
        abs(one - other) > NEAR
        for was, now in zip(stayed, left_places, strict=True)
        for one, other in zip(was, now, strict=True)
    )


def _looks_changed(before: Any, after: Any, geometry: PageGeometry) -> bool:
    """Whether anything but letters looks different: those were compared, and pdfium rounds them to whole pixels."""
    from PIL import Image, ImageChops, ImageDraw

    pictures = [_picture(page) for page in (before, after)]
    if pictures[0].size != pictures[1].size:
        return True
    page = geometry.displayed
    x, y = pictures[0].width / page.width, pictures[0].height / page.height
    changed: Image.Image = ImageChops.difference(*pictures)
    drawing = ImageDraw.Draw(changed)
    for place in _letters(before.get_textpage())[1]:
        left, top, right, foot = displayed(place, geometry)
        drawing.rectangle(((left - SLACK) * x, (top - SLACK) * y, (right + SLACK) * x, (foot + SLACK) * y), fill=0)
    return changed.point(lambda value: 255 if value > VISIBLE else 0).getbbox() is not None


def _picture(page: Any) -> Any:
    """The page in grey, without annotations: they are not what the tags stand in."""
    width, height = page.get_size()
    scale = COMPARED_SIDE / max(width, height)
    return page.render(scale=scale, may_draw_forms=False, draw_annots=False, grayscale=True).to_pil().convert("L")


def background(page: Any, tag: Tag, geometry: PageGeometry) -> Colour:
    """The most frequent colour around a tag, as red, green and blue from 0 to 1."""
    width, height = page.get_size()
    scale = COMPARED_SIDE / max(width, height)
    picture = page.render(scale=scale, may_draw_forms=False, draw_annots=False).to_pil().convert("RGB")
    size = geometry.displayed
    left, top, right, foot = displayed(tag.box, geometry)
    x, y = picture.width / size.width, picture.height / size.height
    area = (int((left - SLACK) * x), int((top - SLACK) * y), int((right + SLACK) * x) + 1, int((foot + SLACK) * y) + 1)
    colours = picture.crop(area).getcolors(area[2] * area[3] * 4 + 1) or [(1, (255, 255, 255))]
    red, green, blue = max(colours)[1]
    return red / 255, green / 255, blue / 255


def cover(pdf: Any, page: Any, boxes: Covers) -> None:
    """Paint the boxes in their colours over everything the page shows."""
    import pikepdf

    operators = [
        f"q {r:.3f} {g:.3f} {b:.3f} rg {x0:.3f} {y0:.3f} {x1 - x0:.3f} {y1 - y0:.3f} re f Q"
        for (x0, y0, x1, y1), (r, g, b) in boxes
    ]
    head, tail = pdf.make_stream(b"q\n"), pdf.make_stream("\n".join(["\nQ", *operators]).encode())
    old = page.get("/Contents")
    parts = list(old) if isinstance(old, pikepdf.Array) else [old] if isinstance(old, pikepdf.Stream) else []
    page.Contents = pikepdf.Array([head, *parts, tail])
