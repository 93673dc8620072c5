"""The list of templates that GET /document answers when neither a code nor a package is asked for (§5.4)."""

import json
from collections.abc import Callable
from typing import Any

from rubrica.accounts import usage
from rubrica.accounts.models import digest
from rubrica.database import Row, one_row

STATEMENT = """
SELECT (SELECT json_agg(json_build_array(t.public_id, t.name, t.description, t.status, t.created_at, t.updated_at)
                        ORDER BY t.id DESC)::text
          FROM templating_template t WHERE t.organization_id = k.organization_id)
  FROM accounts_apikey k
 WHERE k.digest = %(key)s AND k.kind = 'puk' AND k.revoked_at IS NULL
"""


def listing(key: str, fetch: Callable[[str, dict[str, Any]], Row | None] = one_row) -> list[dict[str, str]] | None:
    """None where the key opens nothing."""
    row = fetch(STATEMENT, {"key": digest(key)})
    if row is None:
        return None
    usage.key_used(digest(key), fetch)
    return [
        {
            "_id": public_id,
            "name": name,
            "description": description,
            "status": status,
            "createdAt": _wire_time(created),
            "updatedAt": _wire_time(updated),
        }
        for public_id, name, description, status, created, updated in json.loads(row[0] or "[]")
    ]


def _wire_time(moment: str) -> str:
    """PostgreSQL's JSON form of a moment in the dialect's: milliseconds and a Z."""
    from datetime import UTC, datetime

    whole = datetime.fromisoformat(moment).astimezone(UTC)
    return whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")
