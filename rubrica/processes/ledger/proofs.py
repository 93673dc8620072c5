"""Proofs from the ledger (RFC 6962 §2.1): that a chain is in it, and that it was only ever added to."""

from dataclasses import dataclass

from rubrica.database import one_row
from rubrica.processes.ledger import heads, merkle
from rubrica.processes.ledger.nodes import hashes
from rubrica.processes.models import LedgerHead, Process

LEAF = """
SELECT l.index, l.length, l.head FROM processes_ledgerleaf l
 WHERE l.process_id = %(process)s AND l.index < %(size)s ORDER BY l.index DESC LIMIT 1
"""


@dataclass(frozen=True)
class Inclusion:
    """That the chain of a process, ``length`` events long, is the leaf ``index`` of a tree of ``size`` leaves."""

    package: str
    length: int
    chain_head: bytes
    index: int
    size: int
    root: bytes
    path: tuple[bytes, ...]

    @property
    def leaf(self) -> bytes:
        return merkle.leaf_hash(heads.leaf_bytes(self.package, self.length, self.chain_head))


@dataclass(frozen=True)
class Consistency:
    """That the tree of ``second`` leaves begins with that of ``first``."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    path: tuple[bytes, ...]


def inclusion(process: Process, size: int) -> Inclusion | None:
    """The newest leaf of a process in the tree of that size, which the ledger must have; None while it has none."""
    found = one_row(LEAF, {"process": process.pk, "size": size})
    if found is None:
        return None
    index, length, head = found
    root, *path = hashes(process.organization_id, [(0, size), *merkle.inclusion(index, size)])
    return Inclusion(process.public_id, length, bytes(head), index, size, root, tuple(path))


def consistency(organization_id: int, first: int, second: int) -> Consistency:
    """Of two sizes that the ledger has or had, 0 < ``first`` <= ``second``."""
    ranges = [(0, first), (0, second), *merkle.consistency(first, second)]
    before, after, *path = hashes(organization_id, ranges)
    return Consistency(first, second, before, after, tuple(path))


def of_process(process: Process) -> tuple[Inclusion, LedgerHead] | None:
    """A proof against the newest signed head; None before the first night."""
    head = heads.latest(process.organization_id)
    found = inclusion(process, head.size) if head else None
    return (found, head) if found and head else None
