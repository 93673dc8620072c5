"""What participants fill in on the pages besides their signature: initials, the date, texts and checkboxes."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import formats, translation
from django.utils.translation import gettext

from rubrica import clock
from rubrica.files.models import Blob
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.sealing.values import Box, Field
from rubrica.web.text import is_storable

if TYPE_CHECKING:
    from rubrica.processes.models import SignatureBox
    from rubrica.processes.sending import Paper, Person, Place

SIGNATURE, INITIALS, DATE, TEXT, CHECKBOX = "signature", "initials", "date", "text", "checkbox"
NAMED = {TEXT, CHECKBOX}  # nobody could tell what to write or to agree to without a name beside it
ALWAYS = {SIGNATURE, DATE}  # there with the signature itself
TICKED = "true"
MAX_LETTERS = 1000  # of one text
MAX_NAME = 100
MAX_INITIALS = 20  # letters
LEGIBLE = 7.0  # points of a letter that is read without effort
LETTER, LINE = 0.5, 1.25  # width and height of one, as parts of its size


class FieldsRefused(Refused):
    """FIELDS_MISSING or FIELD_INVALID; ``fields`` are the ids of those that are meant."""

    def __init__(self, code: str, sentence: str, fields: Sequence[str], **values: object) -> None:
        super().__init__(code, sentence, **values)
        self.fields = list(fields)


@dataclass(frozen=True)
class Initials:
    """``form`` is draw, type, image or signature, from which they are then taken; of a drawing ``text`` is empty."""

    form: str
    text: str = ""
    image: Blob | None = None


@dataclass(frozen=True)
class Filling:
    """What came with a signature: texts and ticks by the id of their field, and initials where there are any."""

    values: Mapping[str, Any] = field(default_factory=dict)
    initials: Initials | None = None


def capacity(box: Box) -> int:
    """How many letters a text in this box can have and still be legible; the most that is taken where none is said."""
    across = max(1, math.floor(box.w / (LEGIBLE * LETTER)))
    down = max(1, math.floor(box.h / (LEGIBLE * LINE)))
    return max(10, min(across * down, MAX_LETTERS))


def check(papers: Iterable["Paper"], people: Sequence["Person"]) -> None:
    """Raises Invalid with every field that nobody could fill in."""
    found = [
        problem
        for paper in papers
        for part in paper.parts
        for place in part.places
        for problem in _problems(place, signs=people[part.person].role == "signer")
    ]
    if found:
        raise Invalid(*found)


def _problems(place: "Place", *, signs: bool) -> Iterator[Problem]:
    asked = place.box
    if not isinstance(asked, Field):
        return
    if asked.kind in NAMED and not asked.name.strip():
        sentence = "A text and a checkbox need a name; it stands beside them for whoever fills them in."
        yield Problem((*place.path, "name"), "required", sentence)
    if asked.kind in ALWAYS and not asked.required:
        yield Problem((*place.path, "required"), "not_accepted", "A signature and a date cannot be left out.")
    if asked.kind != TEXT and asked.max_length is not None:
        yield Problem((*place.path, "maxLength"), "not_accepted", "Only a text has a length.")
    if asked.kind != SIGNATURE and not signs:
        yield Problem((*place.path, "kind"), "signers_only", "Only who signs can fill in fields.")


def today(language: str, at: datetime | None = None) -> str:
    """The day as people write it in this language, where the organization is (``RUBRICA_TIME_ZONE``)."""
    day = (at or clock.now()).astimezone(settings.DATES_ZONE).date()
    with translation.override(language):
        return str(formats.date_format(day, "DATE_FORMAT"))


def taken(boxes: Sequence["SignatureBox"], filling: Filling, language: str) -> dict[int, str | None]:
    """The value of each field by the id of its row. Raises FieldsRefused, and nothing is to be stored then."""
    asked = {str(box.pk): box for box in boxes if box.kind != SIGNATURE}
    if unknown := [name for name in filling.values if name not in asked]:
        raise FieldsRefused("FIELD_INVALID", "This field is not asked of you.", unknown[:100])
    found = {box.pk: _value(box, filling, language) for box in asked.values()}
    missing = [box for box in asked.values() if box.required and found[box.pk] is None]
    if missing:
        names = ", ".join(dict.fromkeys(box.name or gettext("Initials") for box in missing))  # all others have one
        ids = [str(box.pk) for box in missing]
        raise FieldsRefused("FIELDS_MISSING", "Fill in what is still missing: %(names)s.", ids, names=names)
    return found


def _value(box: "SignatureBox", filling: Filling, language: str) -> str | None:
    given = filling.values.get(str(box.pk))
    if box.kind == INITIALS and given is None:
        return filling.initials.text if filling.initials else None
    if box.kind == DATE and given is None:
        return today(language)
    if box.kind == TEXT and isinstance(given, str | None):
        return _text(box, given or "")
    if box.kind == CHECKBOX and isinstance(given, bool | None):
        return TICKED if given else None
    raise FieldsRefused("FIELD_INVALID", "This is not what the field takes.", [str(box.pk)])


def _text(box: "SignatureBox", given: str) -> str | None:
    """One or more lines, without what no paper could show."""
    text = "\n".join(line.rstrip() for line in given.strip().splitlines())
    if not is_storable(text):
        raise FieldsRefused("FIELD_INVALID", "The text has characters that cannot be stored.", [str(box.pk)])
    most = most_letters(box.field)
    if len(text) > most:
        sentence = "“%(name)s” takes %(most)s letters at the most."
        raise FieldsRefused("FIELD_INVALID", sentence, [str(box.pk)], name=box.name, most=most)
    return text or None


def most_letters(asked: Field) -> int:
    return asked.max_length or capacity(asked)
