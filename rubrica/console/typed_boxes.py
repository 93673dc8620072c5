"""A place on a page as somebody types it: whose it is, what goes there, and where, in points from the page's top left.

Templates and new processes have the same rows; in one a place belongs to a type of signer, in the other to a person.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.processes.fields import ALWAYS, MAX_LETTERS, MAX_NAME, NAMED, SIGNATURE, TEXT
from rubrica.processes.models import SignatureBox
from rubrica.sealing.pdf.geometry import box_fits
from rubrica.sealing.values import Box, Field, PageSize
from rubrica.web.text import is_one_line

MAX_ROWS = 20_000
PLACED = ("type", "page", "left", "top", "width", "height")
ASKED = ("kind", "label", "required", "letters")  # of a field; without them a place is for a signature
KINDS = {
    SignatureBox.Kind.SIGNATURE: gettext_lazy("Signature"),
    SignatureBox.Kind.INITIALS: gettext_lazy("Initials"),
    SignatureBox.Kind.DATE: gettext_lazy("Date"),
    SignatureBox.Kind.TEXT: gettext_lazy("Text"),
    SignatureBox.Kind.CHECKBOX: gettext_lazy("Checkbox"),
}
# Points of a new place; the tool has the same in its buttons.
USUAL = {"signature": (150, 50), "initials": (60, 36), "date": (130, 20), "text": (170, 20), "checkbox": (16, 16)}
ICONS = {"signature": "pen", "initials": "initials", "date": "calendar", "text": "text", "checkbox": "checkbox"}


@dataclass
class Row:
    """As texts, which somebody may still be writing."""

    type: str
    page: str
    left: str
    top: str
    width: str
    height: str
    kind: str = SIGNATURE
    label: str = ""
    required: str = "yes"
    letters: str = ""
    error: str = ""

    @classmethod
    def blank(cls) -> "Row":
        width, height = USUAL[SIGNATURE]
        return cls("", "1", "60", "600", str(width), str(height))

    @classmethod
    def of(cls, whose: str, asked: Field, left: float, top: float) -> "Row":
        x, y, width, height = (f"{number:.1f}".removesuffix(".0") for number in (left, top, asked.w, asked.h))
        required, letters = "yes" if asked.required else "no", str(asked.max_length or "")
        return cls(whose, str(asked.page), x, y, width, height, asked.kind, asked.name, required, letters)

    @property
    def sides(self) -> list[float]:
        """Left, top, width and height. Raises ValueError, also for what is no finite number."""
        sides = [float(text.replace(",", ".")) for text in (self.left, self.top, self.width, self.height)]
        if not all(map(math.isfinite, sides)):
            raise ValueError
        return sides

    def field(self, sizes: Sequence[PageSize]) -> Field | str:
        """What the row asks for, or a sentence about what is wrong with it."""
        box = self._box(sizes)
        if isinstance(box, str):
            return box
        kind: Any = self.kind or SIGNATURE
        if kind not in KINDS:
            return _("Choose what goes there.")
        if fault := self._fault(kind):
            return fault
        letters = int(self.letters) if kind == TEXT and self.letters else None
        required = kind in ALWAYS or self.required != "no"
        name = self.label if kind != SIGNATURE else ""
        return Field(box.page, box.x, box.y, box.w, box.h, kind, name, required, letters)

    def _fault(self, kind: str) -> str:
        if kind in NAMED and not self.label:
            return _("Write what this is for; people read it where they fill it in.")
        if len(self.label) > MAX_NAME or not is_one_line(self.label):
            return _("What it is for must be one line of 100 characters at the most.")
        if kind == TEXT and self.letters and not self._has_good_length:
            return _("A text can have 1 to 1000 letters.")
        return ""

    @property
    def _has_good_length(self) -> bool:
        digits = self.letters.isascii() and self.letters.isdigit() and len(self.letters) < 6
        return digits and 1 <= int(self.letters) <= MAX_LETTERS

    def _box(self, sizes: Sequence[PageSize]) -> Box | str:
        try:
            page, (left, top, width, height) = int(self.page), self.sides
        except ValueError:
            return _("Please write numbers.")
        if not 1 <= page <= len(sizes):
            return _("The PDF has no such page.")
        size = sizes[page - 1]
        box = Box(page, (left + width) / size.width, (top + height) / size.height, width, height)
        return box if box_fits(sizes, box) else _("The place does not lie wholly on its page.")


def sent(request: HttpRequest) -> Iterator[Row]:
    """The rows of a page that was sent. A row without whose it is is none."""
    placed = [request.POST.getlist(name)[:MAX_ROWS] for name in PLACED]
    asked = [request.POST.getlist(name)[:MAX_ROWS] for name in ASKED]
    for number, values in enumerate(zip(*placed, strict=False)):
        more = [column[number] if number < len(column) else "" for column in asked]
        cleaned = [value.replace("\0", "").strip()[: MAX_NAME + 1] for value in (*values, *more)]
        if cleaned[0]:
            yield Row(*cleaned)


def kinds() -> list[dict[str, Any]]:
    """What a place can be for, as the tool offers it."""
    return [
        {"kind": str(kind), "name": name, "icon": ICONS[kind], "width": USUAL[kind][0], "height": USUAL[kind][1]}
        for kind, name in KINDS.items()
    ]
