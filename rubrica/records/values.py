"""What a field of each type holds: checked, and in the one spelling in which it is stored, compared and sorted."""

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from rubrica.records.errors import Wrong
from rubrica.records.schema import Field

LONGEST_TEXT = 100_000  # characters
LARGEST_SIGNATURE = 1024 * 1024  # characters of the data URL
MOST_VALUES = 1000  # of one field
SAFE = 2**53 - 1  # what every client reads exactly
SIGNATURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
PNG = b"\x89PNG\r\n\x1a\n"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def check(field: Field, value: Any, path: str) -> Any:
    """The value as it is stored. Raises Wrong. Of a reference the words only: what they lead to is looked up later."""
    if not field.many:
        return CHECKS[field.type](field, value, path)
    if not isinstance(value, list):
        raise Wrong(path, "must be an array")
    if len(value) > MOST_VALUES:
        raise Wrong(path, "must contain less than or equal to %(most)s items", most=MOST_VALUES)
    found = [CHECKS[field.type](field, one, f"{path}[{index}]") for index, one in enumerate(value)]
    return list(dict.fromkeys(found))


def is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def moment(value: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, which sorts as a text as it does in time."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(field: Field, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise Wrong(path, "must be a string")
    if len(value) > LONGEST_TEXT:
        raise Wrong(path, "length must be less than or equal to %(most)s characters long", most=LONGEST_TEXT)
    return value


def number(field: Field, value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(path, "must be a number")
    if isinstance(value, int) and abs(value) > SAFE:
        raise Wrong(path, "must be a safe number")
    if not math.isfinite(value):
        raise Wrong(path, "must be a number")
    return value


def boolean(field: Field, value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(path, "must be a boolean")
    return value


def day(field: Field, value: Any, path: str) -> str:
    try:
        if not DAY.fullmatch(value):
            raise ValueError(value)
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Wrong(path, "must be a date such as 2026-01-31") from None


def instant(field: Field, value: Any, path: str) -> str:
    try:
        found = datetime.fromisoformat(value)
        return moment(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError):
        raise Wrong(path, "must be in ISO 8601 date format") from None


def choice(field: Field, value: Any, path: str) -> str:
    names = [option.name for option in field.options]
    if not isinstance(value, str) or value not in names:
        raise Wrong(path, "must be one of [%(choices)s]", choices=", ".join(names[:50]))
    return value


def reference(field: Field, value: Any, path: str) -> str:
    """``_id`` or ``externalId``, as a text or in an object."""
    word = value.get("_id") or value.get("externalId") if isinstance(value, dict) else value
    if not isinstance(word, str) or not 0 < len(word) <= 255:
        raise Wrong(path, "must be the id or externalId of a document")
    return word


def signature(field: Field, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise Wrong(path, "must be a string")
    if len(value) > LARGEST_SIGNATURE:
        raise Wrong(path, "length must be less than or equal to %(most)s characters long", most=LARGEST_SIGNATURE)
    match = SIGNATURE.fullmatch(value)
    try:
        intact = match is not None and base64.b64decode("".join(match[1].split()), validate=True).startswith(PNG)
    except binascii.Error:
        intact = False
    if not intact:
        raise Wrong(path, "must be a PNG as data:image/png;base64,…")
    return value


CHECKS: dict[str, Callable[[Field, Any, str], Any]] = {
    "text": text,
    "number": number,
    "boolean": boolean,
    "date": day,
    "dateTime": instant,
    "picklist": choice,
    "reference": reference,
    "signature": signature,
}
