"""The stored subtrees of a ledger: a root or a proof reads about log n of them, by one statement."""

from collections.abc import Iterable, Sequence

from rubrica.database import all_rows
from rubrica.processes.ledger import merkle
from rubrica.processes.ledger.merkle import Place, Range

NODES = """
SELECT n.level, n.index, n.hash
  FROM unnest(%(levels)s::int[], %(indexes)s::bigint[]) AS wanted(level, index)
  JOIN processes_ledgernode n ON n.level = wanted.level AND n.index = wanted.index
 WHERE n.organization_id = %(organization)s
"""


def fetch(organization_id: int, places: Iterable[Place]) -> dict[Place, bytes]:
    wanted = list(dict.fromkeys(places))
    if not wanted:
        return {}
    levels, indexes = [level for level, _ in wanted], [index for _, index in wanted]
    rows = all_rows(NODES, {"organization": organization_id, "levels": levels, "indexes": indexes})
    return {(level, index): bytes(found) for level, index, found in rows}


def hashes(organization_id: int, ranges: Sequence[Range]) -> list[bytes]:
    """The hash over each range of leaves, all by one statement."""
    nodes = fetch(organization_id, (place for leaves in ranges for place in merkle.places(leaves)))
    return [merkle.root(leaves, nodes) for leaves in ranges]
