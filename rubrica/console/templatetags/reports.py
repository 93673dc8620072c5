"""Times and places as reports write them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django import template
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORT = {"min": "%(number)s min", "h": "%(number)s h", "d": "%(number)s d"}


@register.filter
def duration(time: timedelta | None, form: str = "") -> str:
    """Rounded to what one has a feeling for; ``short`` stands beside a line of a chart."""
    if time is None:
        return "–"
    if timedelta() < time < MINUTE:
        return _("< 1 min")
    if time < HOUR:
        number, unit = time / timedelta(minutes=1), "min"
    elif time < 2 * DAY:
        number, unit = time / HOUR, "h"
    else:
        number, unit = time / DAY, "d"
    number = round(number, 1) if unit != "min" and number < 10 else round(number)
    said = formats.number_format(number)
    if form == "short":
        said = formats.number_format(int(number) if number == int(number) else number)
        return SHORT[unit] % {"number": said} if number else said
    return _long(unit, 1 if number == 1 else 2, said)


@register.filter
def part_name(start: datetime, unit: str) -> str:
    """The day on which a part begins, or the month that it is."""
    return formats.date_format(start, "YEAR_MONTH_FORMAT" if unit == "month" else "SHORT_DATE_FORMAT")


@register.filter
def at_key(counts: Mapping[str, int], key: str) -> int:
    return counts.get(key, 0)


@register.filter
def place(number: float) -> str:
    """A coordinate, which no language writes with a comma."""
    return f"{number:.1f}"


def _long(unit: str, number: int, said: str) -> str:
    if unit == "min":
        return ngettext("%(number)s minute", "%(number)s minutes", number) % {"number": said}
    if unit == "h":
        return ngettext("%(number)s hour", "%(number)s hours", number) % {"number": said}
    return ngettext("%(number)s day", "%(number)s days", number) % {"number": said}
