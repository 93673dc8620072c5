"""A place on a page as somebody types it: five numbers, in points from the top left of its page."""

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _

from rubrica.sealing.pdf.geometry import box_fits
from rubrica.sealing.values import Box, PageSize


class TypedBox:
    """As texts, which somebody may still be writing."""

    page: str
    left: str
    top: str
    width: str
    height: str

    @property
    def sides(self) -> list[float]:
        """Left, top, width and height. Raises ValueError, also for what is no finite number."""
        sides = [float(text.replace(",", ".")) for text in (self.left, self.top, self.width, self.height)]
        if not all(map(math.isfinite, sides)):
            raise ValueError
        return sides

    def box(self, sizes: Sequence[PageSize]) -> Box | str:
        """The box, or a sentence about what is wrong with it."""
        try:
            page, (left, top, width, height) = int(self.page), self.sides
        except ValueError:
            return _("Please write numbers.")
        if not 1 <= page <= len(sizes):
            return _("The PDF has no such page.")
        size = sizes[page - 1]
        box = Box(page, (left + width) / size.width, (top + height) / size.height, width, height)
        return box if box_fits(sizes, box) else _("The place does not lie wholly on its page.")
