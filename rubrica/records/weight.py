"""How much a record may hold besides its files."""

import json
from typing import Any

MOST_BYTES = 1024 * 1024  # a page of a list holds up to 800 records at once


def weight(values: dict[str, Any]) -> int:
    return len(json.dumps(values, ensure_ascii=False).encode())
