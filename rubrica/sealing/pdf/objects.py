"""Reading entries of pyHanko's dictionaries: its ``get`` hands out references, and null stands for absence."""

from __future__ import annotations

from typing import Any


def entry(dictionary: Any, key: str) -> Any:
    """The value under ``key`` with references followed; None where it is absent or null (ISO 32000-2 §7.3.7)."""
    from pyhanko.pdf_utils.generic import NullObject

    if key not in dictionary:
        return None
    value = dictionary[key]
    return None if isinstance(value, NullObject) else value
