"""How much a record may hold besides its files."""

import json
from typing import Any

MOST_BYTES = 4 * 1024 * 1024


def weight(values: dict[str, Any]) -> int:
    return len(json.dumps(values, ensure_ascii=False).encode())
