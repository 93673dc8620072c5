"""JSON objects from outside that are kept as they are and given back."""

import json
import math
from typing import Any

from rubrica.web.text import is_storable

DEEPEST = 50  # levels
LARGEST = 100_000  # characters of JSON


def storable(found: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError with a sentence for what PostgreSQL does not keep, and for what is no mere label any more."""
    todo: list[tuple[Any, int]] = [(found, 1)]
    while todo:
        value, depth = todo.pop()
        if depth > DEEPEST:
            raise ValueError("This has too many levels.")
        if isinstance(value, dict):
            todo += ((part, depth + 1) for pair in value.items() for part in pair)
        elif isinstance(value, list):
            todo += ((part, depth + 1) for part in value)
        else:
            _check(value)
    if len(json.dumps(found, ensure_ascii=False)) > LARGEST:
        raise ValueError("This object is too large.")
    return found


def _check(value: Any) -> None:
    if isinstance(value, str) and not is_storable(value):
        raise ValueError("The text has characters that cannot be stored.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("This must be a number.")
