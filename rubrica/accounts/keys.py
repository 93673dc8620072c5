"""Whose a public key is, for the reads that check it in the statement that answers them.

The digest of a key leads to one organization for ever, so each process asks once; whether the key still opens anything
is asked each time.
"""

from collections.abc import Callable
from typing import Any

from rubrica import tenancy
from rubrica.database import Row

MOST = 10_000  # keys that a process remembers; then it begins anew

WHOSE = "SELECT organization_id FROM accounts_apikey WHERE digest = %(digest)s"

Fetch = Callable[[str, dict[str, Any]], Row | None]

_known: dict[bytes, int] = {}


def enter(digest: bytes, fetch: Fetch) -> bool:
    """From here on the key's organization is in sight; False where no key has this digest."""
    organization_id = _known.get(digest)
    if organization_id is None:
        with tenancy.every_organization("A key is found by its digest, and says whose it is."):
            row = fetch(WHOSE, {"digest": digest})
        if row is None:
            return False
        if len(_known) >= MOST:
            _known.clear()
        organization_id = _known[digest] = row[0]
    tenancy.enter(organization_id)
    return True
