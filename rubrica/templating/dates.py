"""Dates as they come in, and the limits that a question can set."""

import re
from datetime import date, timedelta

ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(T.*)?")
SPOKEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
NOW = "now"


def read_date(text: str) -> date | None:
    """``2024-01-31`` or ``31/01/2024``; None for what is no day of the calendar."""
    if match := ISO.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := SPOKEN.fullmatch(text):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_limit(text: str, today: date = date.min) -> date | None:
    return today if text == NOW else read_date(text)


def years_from(day: date, years: int) -> date:
    """The same day so many years later; the 29th of February becomes the 28th."""
    year = min(max(day.year + years, date.min.year), date.max.year)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def days_before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - date.min).days))
