"""From a position on the page as displayed to PDF user space, whatever /Rotate, CropBox and UserUnit say."""

from collections.abc import Sequence
from dataclasses import dataclass

from rubrica.sealing.values import Box, PageSize

TOLERANCE = 0.5  # points; clients compute boxes in floats of a rounded page size

Matrix = tuple[float, float, float, float, float, float]
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class PageGeometry:
    """The visible part of a page in user units, its clockwise rotation, and points per user unit."""

    left: float
    bottom: float
    width: float
    height: float
    rotation: int = 0
    unit: float = 1.0

    @classmethod
    def of(cls, media: Rectangle, crop: Rectangle | None, rotation: int, unit: float) -> "PageGeometry":
        """ISO 32000-2 §7.7.3.3: what is shown is the CropBox within the MediaBox, turned clockwise by /Rotate."""
        left, bottom, right, top = _ordered(media)
        if crop is not None:
            a, b, c, d = _ordered(crop)
            a, b, c, d = max(a, left), max(b, bottom), min(c, right), min(d, top)
            if c > a and d > b:
                left, bottom, right, top = a, b, c, d
        return cls(left, bottom, right - left, top - bottom, rotation % 360, unit if unit > 0 else 1.0)

    @property
    def is_sideways(self) -> bool:
        return self.rotation in {90, 270}

    @property
    def displayed(self) -> PageSize:
        """The size a reader sees, in points."""
        if self.is_sideways:
            return PageSize(self.height * self.unit, self.width * self.unit)
        return PageSize(self.width * self.unit, self.height * self.unit)

    def matrix(self, box: Box) -> Matrix:
        """The ``cm`` operands that put an upright form of box.w x box.h points at its place on the page."""
        shown_width, shown_height = (self.height, self.width) if self.is_sideways else (self.width, self.height)
        x = box.x * shown_width - box.w / self.unit
        y = box.y * shown_height
        s = 1 / self.unit
        if self.rotation == 90:
            return (0, s, -s, 0, self.left + y, self.bottom + x)
        if self.rotation == 180:
            return (-s, 0, 0, -s, self.left + self.width - x, self.bottom + y)
        if self.rotation == 270:
            return (0, -s, s, 0, self.left + self.width - y, self.bottom + self.height - x)
        return (s, 0, 0, s, self.left + x, self.bottom + self.height - y)

    def fraction(self, x: float, y: float) -> tuple[float, float]:
        """A point of user space as fractions of the displayed page, origin top-left."""
        right = (x - self.left) / self.width
        up = (y - self.bottom) / self.height
        if self.rotation == 90:
            return up, right
        if self.rotation == 180:
            return 1 - right, up
        if self.rotation == 270:
            return 1 - up, 1 - right
        return right, 1 - up


def box_fits(pages: Sequence[PageSize], box: Box) -> bool:
    """Whether the box's page exists and the box lies wholly on it, within half a point (contract/auco.md §8)."""
    if not 1 <= box.page <= len(pages) or box.w <= 0 or box.h <= 0:
        return False
    page = pages[box.page - 1]
    right, foot = box.x * page.width, box.y * page.height
    fits_across = right - box.w >= -TOLERANCE and right <= page.width + TOLERANCE
    fits_down = foot - box.h >= -TOLERANCE and foot <= page.height + TOLERANCE
    return fits_across and fits_down


def _ordered(rectangle: Rectangle) -> Rectangle:
    a, b, c, d = rectangle
    return min(a, c), min(b, d), max(a, c), max(b, d)
